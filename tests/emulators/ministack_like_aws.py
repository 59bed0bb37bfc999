"""Starts MiniStack with those differences from Lambda removed that would let a faulty tuner pass.

Takes MiniStack's environment (BIND_HOST, GATEWAY_PORT, SERVICES, AUTH, ...) and two variables more:

    UPDATE_SECONDS    how long an update of the function stays InProgress (1; MiniStack's own is 0.5)
    PUBLISH_SECONDS   how long a published version stays Pending (0.2; MiniStack's own is 0)

What it changes, each as seen on Lambda; README.md has the evidence:

    - a change of a function that is being updated answers 409 ResourceConflictException, and so does
      an Invoke of a version that is still Pending
    - $LATEST stays Active during an update
    - RevisionId changes once more when an update finishes, so that of the update's answer is stale
    - PublishVersion honors CodeSha256 and RevisionId
    - the Invoke answer's x-amzn-requestid is the id in the log
    - reserved concurrency limits published versions too
    - a log group gets one REPORT line a call, not a second one beside the handler's
    - permissions: GetAlias, UpdateAlias and DeleteAlias are actions of their own, GetAccountSettings is
      checked, and a call with a Qualifier needs the qualified ARN

It replaces functions inside MiniStack, so it fits the pinned version only.
"""
import contextvars, json, os, threading, time

# Read on import. MiniStack by itself listens on every interface, and on port 8883 for devices besides.
os.environ.setdefault("BIND_HOST", "127.0.0.1")
os.environ.setdefault("IOT_MTLS_ENABLED", "0")
from ministack import app
from ministack.core import iam_actions
from ministack.core.responses import error_response_json, new_uuid
from ministack.services import lambda_svc

UPDATE_SECONDS = float(os.environ.get("UPDATE_SECONDS", "1"))
PUBLISH_SECONDS = float(os.environ.get("PUBLISH_SECONDS", "0.2"))
invocation = contextvars.ContextVar("invocation", default=None)

update_config, publish_version, invoke = lambda_svc._update_config, lambda_svc._publish_version, lambda_svc._invoke
dispatch, emit_logs = lambda_svc._execute_function_dispatch, lambda_svc._emit_lambda_logs
reserved_concurrency = lambda_svc._reserved_concurrency
lambda_action, resource_arn = iam_actions._lambda_action, iam_actions.extract_resource_arn


def later(seconds, action):
    context = contextvars.copy_context()

    def run():
        time.sleep(seconds)
        context.run(action)

    threading.Thread(target=run, daemon=True).start()


def conflict(reason):
    return error_response_json("ResourceConflictException", f"The operation cannot be performed at this time. {reason}", 409)


def being_updated(name):
    config = lambda_svc._functions[name]["config"] if name in lambda_svc._functions else {}
    if config.get("LastUpdateStatus") == "InProgress":
        return conflict(f"An update is in progress for resource: {config['FunctionArn']}")
    return None


def schedule_state_transition(name, _delay):
    def finish():
        config = lambda_svc._functions[name]["config"] if name in lambda_svc._functions else {}
        config.update(State="Active", StateReason="", StateReasonCode="", LastUpdateStatus="Successful", RevisionId=new_uuid())

    later(UPDATE_SECONDS, finish)


def update_config_like_aws(name, data):
    if refusal := being_updated(name):
        return refusal
    status, headers, body = update_config(name, data)
    if status == 200:
        config = lambda_svc._functions[name]["config"]
        config.update(State="Active", StateReason="", StateReasonCode="")
        body = json.dumps(config).encode()
    return status, headers, body


def publish_version_like_aws(name, data):
    if refusal := being_updated(name):
        return refusal
    if name not in lambda_svc._functions:
        return publish_version(name, data)
    function = lambda_svc._functions[name]
    if refusal := lambda_svc._check_revision(function["config"], {k: v for k, v in data.items() if v}):
        return refusal
    given, current = data.get("CodeSha256"), function["config"]["CodeSha256"]
    if given and given != current:
        return error_response_json(
            "InvalidParameterValueException",
            f"CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST ({current}). "
            "Please try again with the CodeSHA256 in $LATEST.", 400)
    known = set(function["versions"])
    status, headers, body = publish_version(name, data)
    for number in set(function["versions"]) - known:
        config = function["versions"][number]["config"]
        config.update(State="Pending", StateReason="The function is being created.", StateReasonCode="Creating")
        later(PUBLISH_SECONDS, lambda: config.update(State="Active", StateReason="", StateReasonCode=""))
        body = json.dumps(config).encode()
    return status, headers, body


class HeadersKeepingRequestId(dict):
    """MiniStack updates the headers of every answer with an id of the request, which is not the one in the log."""

    def update(self, other):
        super().update({**other, "x-amzn-requestid": self["x-amzn-requestid"]})


async def invoke_like_aws(name, event, headers, path_qualifier=None, query_params=None):
    qualifier = path_qualifier or lambda_svc._qp_first(query_params or {}, "Qualifier")
    _, config = lambda_svc._get_func_record_for_qualifier(name, qualifier or None)
    if config and config.get("State") == "Pending":
        return conflict("The function is currently in the following state: Pending")
    # The thread that runs the handler sees a copy of the context, but the same dictionary.
    seen = {}
    invocation.set(seen)
    status, answer_headers, body = await invoke(name, event, headers, path_qualifier, query_params)
    if "request_id" in seen:
        answer_headers = HeadersKeepingRequestId(answer_headers, **{"x-amzn-requestid": seen["request_id"]})
    return status, answer_headers, body


def dispatch_like_aws(func, config, event, request_id, started):
    if (seen := invocation.get()) is not None:
        seen["request_id"] = request_id
    return dispatch(func, config, event, request_id, started)


def reserved_concurrency_like_aws(func, config):
    name = config.get("FunctionName")
    return reserved_concurrency(lambda_svc._functions[name] if name in lambda_svc._functions else func, config)


def emit_logs_like_aws(func, request_id, log_text, error, duration_ms, *, log_source=None):
    if f"REPORT RequestId: {request_id}" in log_text:
        log_source = "rie"  # MiniStack then adds only the lines that the handler did not print.
    emit_logs(func, request_id, log_text, error, duration_ms, log_source=log_source)


def lambda_action_like_aws(method, path):
    parts = [part for part in path.split("/") if part]
    if "account-settings" in parts:
        return "GetAccountSettings"
    if "aliases" in parts[:-1]:
        return {"GET": "GetAlias", "PUT": "UpdateAlias", "DELETE": "DeleteAlias"}.get(method)
    return lambda_action(method, path)


def resource_arn_like_aws(service, method, path, headers, body, query_params, *rest):
    arn = resource_arn(service, method, path, headers, body, query_params, *rest)
    qualifier = lambda_svc._qp_first(query_params or {}, "Qualifier") if service == "lambda" else None
    return f"{arn}:{qualifier}" if qualifier else arn


lambda_svc._schedule_state_transition = schedule_state_transition
lambda_svc._update_config, lambda_svc._publish_version = update_config_like_aws, publish_version_like_aws
lambda_svc._invoke, lambda_svc._execute_function_dispatch = invoke_like_aws, dispatch_like_aws
lambda_svc._emit_lambda_logs, lambda_svc._reserved_concurrency = emit_logs_like_aws, reserved_concurrency_like_aws
iam_actions._lambda_action, iam_actions.extract_resource_arn = lambda_action_like_aws, resource_arn_like_aws

if __name__ == "__main__":
    app.main()
