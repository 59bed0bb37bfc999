#!/usr/bin/env python3
"""Makes a user who may do what a policy says and no more, and the role of the test functions.

    limited_user.py ENDPOINT NAME < POLICY

Prints the access key and its secret, each on a line. MiniStack wants AUTH=true to check policies, and the
role then to be there before a function that has it.
"""
import json, sys

import boto3

endpoint, name = sys.argv[1:]
iam = boto3.client("iam", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
trust = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
try:
    iam.create_role(RoleName="function", AssumeRolePolicyDocument=json.dumps(trust))
except iam.exceptions.EntityAlreadyExistsException:
    pass
iam.create_user(UserName=name)
iam.put_user_policy(UserName=name, PolicyName="tuning", PolicyDocument=sys.stdin.read())
key = iam.create_access_key(UserName=name)["AccessKey"]
print(key["AccessKeyId"], key["SecretAccessKey"], sep="\n")
