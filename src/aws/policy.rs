//! The rights that a run needs, as an IAM policy for whoever starts it: these actions, on this function, and no more.
//!
//! Deleting is allowed on versions only. Since January 2022 AWS authorizes a call with a `Qualifier` on the qualified ARN, and
//! `…:function:NAME:*` does not match the function itself: whoever has this policy alone cannot delete the function.

use serde_json::{Value, json};

use super::function_name::FunctionName;

/// What a run will use beside the function itself.
#[derive(Debug, Clone, Default)]
pub struct PolicyOptions {
    /// The recommended size is given to an alias.
    pub alias: bool,
    /// The logs are read: for what production reports, and for reports that are not in the answer.
    pub logs: bool,
    /// Another log group than the function's own.
    pub log_group: Option<String>,
    /// Payloads in S3, each as bucket and key.
    pub payloads: Vec<(String, String)>,
    /// Functions that run before or after each invocation.
    pub steps: Vec<FunctionName>,
}

/// The policy for tuning `function`. What its name leaves open is `*`: the policy then matches more than one function.
#[must_use]
pub fn least_privilege_policy(
    function: &FunctionName,
    region: Option<&str>,
    account: Option<&str>,
    options: &PolicyOptions,
) -> Value {
    let place = Place::of(function, region, account);
    let arn = place.function(function.name());
    let versions = format!("{arn}:*");
    let all = [arn.as_str(), versions.as_str()];
    let mut statements = vec![
        allow("ReadFunction", &["lambda:GetFunction", "lambda:ListVersionsByFunction"], &all),
        allow("ReadAccountLimits", &["lambda:GetAccountSettings"], &["*"]),
        allow("ChangeMemoryAndPublish", &["lambda:UpdateFunctionConfiguration", "lambda:PublishVersion"], &all),
        allow("InvokeVersions", &["lambda:InvokeFunction"], &all),
        allow("DeleteVersionsButNotTheFunction", &["lambda:DeleteFunction"], &[&versions]),
    ];
    if options.alias {
        statements.push(allow("PointAlias", &["lambda:GetAlias", "lambda:CreateAlias", "lambda:UpdateAlias"], &all));
    }
    if options.logs {
        let group = options.log_group.clone().unwrap_or_else(|| format!("/aws/lambda/{}", function.name()));
        let Place { partition, region, account } = &place;
        let group = format!("arn:{partition}:logs:{region}:{account}:log-group:{group}");
        statements.push(allow("ReadReports", &["logs:FilterLogEvents"], &[&group, &format!("{group}:*")]));
    }
    if !options.payloads.is_empty() {
        let partition = &place.partition;
        let objects = options.payloads.iter().map(|(bucket, key)| format!("arn:{partition}:s3:::{bucket}/{key}"));
        let objects: Vec<String> = objects.collect();
        statements.push(allow("ReadPayloads", &["s3:GetObject"], &objects));
    }
    if !options.steps.is_empty() {
        let arns = options.steps.iter().flat_map(|step| {
            let arn = Place::of(step, Some(&place.region), Some(&place.account)).function(step.name());
            [format!("{arn}:*"), arn]
        });
        let arns: Vec<String> = arns.collect();
        statements.push(allow("InvokeSteps", &["lambda:InvokeFunction"], &arns));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn allow(sid: &str, actions: &[&str], resources: &[impl AsRef<str>]) -> Value {
    let resources: Vec<&str> = resources.iter().map(AsRef::as_ref).collect();
    json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources })
}

/// Where a function is.
struct Place {
    partition: String,
    region: String,
    account: String,
}

impl Place {
    /// What the function's own ARN says comes first.
    fn of(function: &FunctionName, region: Option<&str>, account: Option<&str>) -> Self {
        let region = function.region().or(region).unwrap_or("*");
        Self {
            partition: function.partition().unwrap_or_else(|| partition_of(region)).to_owned(),
            region: region.to_owned(),
            account: function.account().or(account).unwrap_or("*").to_owned(),
        }
    }

    fn function(&self, name: &str) -> String {
        format!("arn:{}:lambda:{}:{}:function:{name}", self.partition, self.region, self.account)
    }
}

/// The partition that a region is in, by its name.
fn partition_of(region: &str) -> &'static str {
    match region.split_once('-') {
        Some(("cn", _)) => "aws-cn",
        Some(("us", rest)) if rest.starts_with("gov-") => "aws-us-gov",
        _ => "aws",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:resize";

    /// `(sid, actions, resources)` of every statement.
    fn statements(policy: &Value) -> Vec<(String, Vec<String>, Vec<String>)> {
        let texts = |value: &Value| value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect();
        let all = policy["Statement"].as_array().unwrap().iter();
        all.map(|one| (one["Sid"].as_str().unwrap().to_owned(), texts(&one["Action"]), texts(&one["Resource"]))).collect()
    }

    fn of(
        function: &str,
        region: Option<&str>,
        account: Option<&str>,
        options: &PolicyOptions,
    ) -> Vec<(String, Vec<String>, Vec<String>)> {
        statements(&least_privilege_policy(&function.parse().unwrap(), region, account, options))
    }

    #[test]
    fn only_deleting_and_reading_the_accounts_limits_are_not_on_both_arns() {
        let found = of(ARN, None, None, &PolicyOptions::default());
        assert_eq!(found.len(), 5);
        for (sid, actions, resources) in found {
            let expected = match sid.as_str() {
                "ReadAccountLimits" => vec!["*".to_owned()],
                "DeleteVersionsButNotTheFunction" => vec![format!("{ARN}:*")],
                _ => vec![ARN.to_owned(), format!("{ARN}:*")],
            };
            assert_eq!(resources, expected, "{sid}");
            assert_eq!(actions.contains(&"lambda:DeleteFunction".to_owned()), sid.starts_with("Delete"), "{sid}");
        }
    }

    #[test]
    fn every_call_of_the_tuner_is_allowed_when_everything_is_used() {
        let options = PolicyOptions {
            alias: true,
            logs: true,
            log_group: None,
            payloads: vec![("events".to_owned(), "a/b.json".to_owned())],
            steps: vec!["prepare:live".parse().unwrap()],
        };
        let found = of("resize", Some("cn-north-1"), Some("123456789012"), &options);
        let actions: Vec<&String> = found.iter().flat_map(|(_, actions, _)| actions).collect();
        for call in [
            "lambda:GetFunction",
            "lambda:ListVersionsByFunction",
            "lambda:GetAccountSettings",
            "lambda:UpdateFunctionConfiguration",
            "lambda:PublishVersion",
            "lambda:InvokeFunction",
            "lambda:DeleteFunction",
            "lambda:GetAlias",
            "lambda:CreateAlias",
            "lambda:UpdateAlias",
            "logs:FilterLogEvents",
            "s3:GetObject",
        ] {
            assert!(actions.iter().any(|action| *action == call), "{call}");
        }
        let resources: Vec<&String> = found.iter().flat_map(|(_, _, resources)| resources).collect();
        for resource in [
            "arn:aws-cn:logs:cn-north-1:123456789012:log-group:/aws/lambda/resize:*",
            "arn:aws-cn:s3:::events/a/b.json",
            "arn:aws-cn:lambda:cn-north-1:123456789012:function:prepare:*",
        ] {
            assert!(resources.iter().any(|found| *found == resource), "{resource}");
        }
        let mut sids: Vec<&String> = found.iter().map(|(sid, _, _)| sid).collect();
        assert!(sids.iter().all(|sid| sid.bytes().all(|byte| byte.is_ascii_alphanumeric())), "IAM takes no other letters");
        sids.dedup();
        assert_eq!(sids.len(), found.len());
    }

    #[test]
    fn what_is_not_known_is_a_star_and_the_arn_wins() {
        let found = of("resize", None, None, &PolicyOptions::default());
        assert_eq!(found[0].2[0], "arn:aws:lambda:*:*:function:resize");
        let found = of(ARN, Some("us-east-1"), Some("000000000000"), &PolicyOptions::default());
        assert_eq!(found[0].2[0], ARN);
        assert_eq!(partition_of("us-gov-west-1"), "aws-us-gov");
    }
}
