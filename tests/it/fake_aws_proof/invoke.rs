//! Invocations, logs, objects and roles of the fake, driven by the real clients.

use std::time::{Duration, Instant};

use aws_config::sts::AssumeRoleProvider;
use aws_sdk_lambda::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_sdk_lambda::error::ProvideErrorMetadata;
use aws_sdk_lambda::operation::RequestId;
use aws_sdk_lambda::operation::invoke::{InvokeError, InvokeOutput};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{InvocationType, LogType, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::control::{lambda, set_memory};
use crate::fake_aws::elsewhere::ASSUMED_KEY;
use crate::fake_aws::{At, FakeAws, FaultKind, Function};

async fn invoke(client: &aws_sdk_lambda::Client, name: &str, qualifier: &str, event: &str) -> Result<InvokeOutput, InvokeError> {
    let call = client.invoke().function_name(name).qualifier(qualifier).log_type(LogType::Tail);
    call.payload(Blob::new(event)).send().await.map_err(aws_sdk_lambda::error::SdkError::into_service_error)
}

async fn call(aws: &FakeAws, event: &str) -> InvokeOutput {
    invoke(&lambda(aws), "orders", "$LATEST", event).await.unwrap()
}

fn log(output: &InvokeOutput) -> String {
    String::from_utf8(STANDARD.decode(output.log_result().unwrap()).unwrap()).unwrap()
}

fn payload(output: &InvokeOutput) -> Value {
    serde_json::from_slice(output.payload().unwrap().as_ref()).unwrap()
}

async fn config(aws: &FakeAws) -> aws_config::SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(aws.endpoint())
        .retry_config(RetryConfig::disabled())
        .load()
        .await
}

#[tokio::test]
async fn the_first_call_is_cold_and_the_second_is_warm() {
    let aws = FakeAws::start(Function::named("orders").memory(512).cpu_bound(10.0, 100.0, 1769).init(289.01).memory_used(71));
    let (cold, warm) = (call(&aws, "{}").await, call(&aws, "{\"ms\": 50}").await);
    let id = cold.request_id().unwrap();
    // 10 + 100 × 1769 / 512 = 355.51; billed ceil(355.51 + 289.01) = 645; warm 10 + 50 × 1769 / 512 = 182.75
    assert_eq!(
        log(&cold),
        format!(
            "START RequestId: {id} Version: $LATEST\nEND RequestId: {id}\nREPORT RequestId: {id}\tDuration: 355.51 ms\t\
             Billed Duration: 645 ms\tMemory Size: 512 MB\tMax Memory Used: 71 MB\tInit Duration: 289.01 ms\t\n"
        )
    );
    assert!(
        log(&warm).ends_with("\tDuration: 182.75 ms\tBilled Duration: 183 ms\tMemory Size: 512 MB\tMax Memory Used: 71 MB\t\n")
    );
    assert_eq!((warm.status_code(), warm.function_error(), warm.executed_version()), (200, None, Some("$LATEST")));
    set_memory(&lambda(&aws), 1024).await;
    assert!(log(&call(&aws, "{}").await).contains("Init Duration"), "an update replaces the environments");
}

#[tokio::test]
async fn parallel_calls_take_an_environment_each() {
    let aws = FakeAws::start(Function::named("orders").curve(|_, _| 20_000.0).timeout(60));
    let both = async || tokio::join!(call(&aws, "{}"), call(&aws, "{}"));
    let (one, other) = both().await;
    assert!(log(&one).contains("Init Duration") && log(&other).contains("Init Duration"));
    let begun = Instant::now();
    let (one, other) = both().await;
    assert!(!log(&one).contains("Init Duration") && !log(&other).contains("Init Duration"));
    assert!(begun.elapsed() >= Duration::from_millis(200), "20 s at a scale of 1/100");
    aws.wait_for(At::Operation("Invoke", 4));
    assert_eq!(aws.most_in_flight(), 2);
    assert_eq!(aws.reports().iter().map(|report| report.init_ms.is_some()).collect::<Vec<_>>(), [true, true, false, false]);
}

#[tokio::test]
async fn json_logs_hold_the_same_facts() {
    let aws = FakeAws::start(Function::named("orders").memory(256).json_logs().curve(|_, _| 101.25).init(50.5));
    let (cold, warm) = (call(&aws, "{}").await, call(&aws, "{}").await);
    let report = |output: &InvokeOutput| -> Value {
        let line = log(output).lines().find(|line| line.contains("platform.report")).unwrap().to_owned();
        serde_json::from_str::<Value>(&line).unwrap()["record"].take()
    };
    assert_eq!(report(&cold)["requestId"], cold.request_id().unwrap());
    let expected =
        r#"{"durationMs":101.25,"billedDurationMs":152,"memorySizeMB":256,"maxMemoryUsedMB":70,"initDurationMs":50.5}"#;
    assert_eq!(report(&cold)["metrics"].to_string(), expected);
    assert_eq!(report(&warm)["metrics"]["initDurationMs"], Value::Null);
    assert_eq!(report(&warm)["status"], "success");
}

#[tokio::test]
async fn a_killed_process_hides_the_next_init_and_a_timeout_too() {
    let aws = FakeAws::start(
        Function::named("orders")
            .memory(256)
            .timeout(3)
            .init(400.0)
            .killed_below(512)
            .curve(|_, event| event["ms"].as_f64().unwrap_or(100.0)),
    );
    let killed = call(&aws, "{}").await;
    assert_eq!(killed.function_error(), Some("Unhandled"));
    assert_eq!(payload(&killed)["errorType"], "Runtime.ExitError");
    assert!(payload(&killed)["errorMessage"].as_str().unwrap().ends_with("Runtime exited with error: signal: killed"));
    assert!(
        log(&killed).contains("Max Memory Used: 256 MB\tInit Duration: 400.00 ms\tStatus: error\tError Type: Runtime.ExitError")
    );
    set_memory(&lambda(&aws), 512).await;
    call(&aws, "{}").await;
    let late = call(&aws, "{\"ms\": 5000}").await;
    assert_eq!(payload(&late)["errorType"], "Sandbox.Timedout");
    assert!(log(&late).contains("Task timed out after 3.00 seconds") && log(&late).contains("Duration: 3000.00 ms"));
    assert!(log(&late).ends_with("Status: timeout\n"));
    let hidden = log(&call(&aws, "{}").await);
    assert!(hidden.contains("\tDuration: 500.00 ms") && !hidden.contains("Init Duration"), "{hidden}");
    assert!(log(&call(&aws, "{}").await).contains("\tDuration: 100.00 ms"));
}

#[tokio::test]
async fn a_handler_error_is_an_answer_and_the_environment_lives_on() {
    let aws = FakeAws::start(Function::named("orders")).and(Function::named("broken").fails_with("ValueError"));
    let failed = call(&aws, "{\"error\": \"OutOfStock\"}").await;
    assert_eq!((failed.function_error(), &payload(&failed)["errorType"]), (Some("Unhandled"), &Value::from("OutOfStock")));
    assert!(!log(&call(&aws, "{}").await).contains("Init Duration"));
    let broken = invoke(&lambda(&aws), "broken", "$LATEST", "{}").await.unwrap();
    assert_eq!(payload(&broken)["errorType"], "ValueError");
}

#[tokio::test]
async fn the_tail_is_the_last_4_kb_and_the_rest_is_in_the_stored_log() {
    let aws = FakeAws::start(Function::named("orders").prints(9000))
        .and(Function::named("chatty").prints(2000).prints_after_report(5000));
    let tail = log(&call(&aws, "{}").await);
    assert_eq!(tail.len(), 4096);
    assert!(!tail.contains("START RequestId") && tail.contains("\nREPORT RequestId"), "{tail}");
    let chatty = invoke(&lambda(&aws), "chatty", "$LATEST", "{}").await.unwrap();
    assert!(!log(&chatty).contains("REPORT"), "an extension has pushed it out");

    let logs = aws_sdk_cloudwatchlogs::Client::new(&config(&aws).await);
    let pattern = format!("\"{}\"", chatty.request_id().unwrap());
    let filter = |group: &str, pattern: &str| logs.filter_log_events().log_group_name(group).filter_pattern(pattern);
    let found = async |pattern: &str| {
        let pages = filter("/aws/lambda/chatty", pattern).into_paginator().send().collect::<Result<Vec<_>, _>>().await.unwrap();
        pages.into_iter().flat_map(|page| page.events.unwrap_or_default()).collect::<Vec<_>>()
    };
    let events = found(&format!("{pattern} REPORT")).await;
    assert_eq!(events.len(), 1);
    assert!(events[0].message().unwrap().starts_with("REPORT RequestId: "));
    assert!(aws.operations().iter().filter(|operation| *operation == "FilterLogEvents").count() > 1, "in pages");
    let error = filter("/aws/lambda/nobody", &pattern).send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception());
    let error = filter("/aws/lambda/chatty", pattern.trim_matches('"')).send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_parameter_exception());
    aws.set(|settings| settings.log_delay = Duration::from_secs(3600));
    let late = invoke(&lambda(&aws), "chatty", "$LATEST", "{}").await.unwrap();
    let late = found(&format!("\"{}\"", late.request_id().unwrap())).await;
    assert!(late.is_empty(), "stored logs come later");
}

#[tokio::test]
async fn concurrency_has_a_limit_with_a_reason() {
    let slow = |name: &str| Function::named(name).curve(|_, _| 40_000.0).timeout(60);
    let aws = FakeAws::start(slow("orders").reserved_concurrency(1)).and(slow("other"));
    let client = lambda(&aws);
    let refused = async |name: &str| {
        let (one, other) = tokio::join!(invoke(&client, name, "$LATEST", "{}"), invoke(&client, name, "$LATEST", "{}"));
        let InvokeError::TooManyRequestsException(error) = one.err().or(other.err()).unwrap() else { panic!("no throttle") };
        error.reason.unwrap().as_str().to_owned()
    };
    assert_eq!(refused("orders").await, "ReservedFunctionConcurrentInvocationLimitExceeded");
    aws.set(|settings| settings.concurrency = 1);
    assert_eq!(refused("other").await, "ConcurrentInvocationLimitExceeded");
}

#[tokio::test]
async fn a_snapshot_version_is_pending_then_restores() {
    let aws = FakeAws::start(Function::named("orders").snap_start().init(80.5));
    let client = lambda(&aws);
    aws.fault(At::Operation("PublishVersion", 1), 1, FaultKind::StuckInProgress(Some(1)));
    let published = client.publish_version().function_name("orders").send().await.unwrap();
    assert_eq!(published.state(), Some(&State::Pending));
    let error = invoke(&client, "orders", "1", "{}").await.unwrap_err();
    assert!(error.is_resource_conflict_exception() && error.message().unwrap().ends_with("following state: Pending"));
    let state = client.get_function_configuration().function_name("orders").qualifier("1").send().await.unwrap().state;
    assert_eq!(state, Some(State::Pending));
    let restored = invoke(&client, "orders", "1", "{}").await.unwrap();
    assert!(log(&restored).ends_with("\tRestore Duration: 80.50 ms\tBilled Restore Duration: 81 ms\t\n"));
    assert!(!log(&restored).contains("Init Duration"));
}

#[tokio::test]
async fn an_alias_runs_its_version_and_shares_go_elsewhere() {
    let aws = FakeAws::start(Function::named("orders").echo().published().memory(256).published().alias("live", 1));
    let client = lambda(&aws);
    let output = invoke(&client, "orders", "live", "{\"a\": 1}").await.unwrap();
    assert_eq!((output.executed_version(), payload(&output)["a"].as_i64()), (Some("1"), Some(1)));
    let shares = aws_sdk_lambda::types::AliasRoutingConfiguration::builder().additional_version_weights("2", 0.25).build();
    client.update_alias().function_name("orders").name("live").routing_config(shares).send().await.unwrap();
    let mut second = 0;
    for _ in 0..100 {
        second += u32::from(invoke(&client, "orders", "live", "{}").await.unwrap().executed_version() == Some("2"));
    }
    assert_eq!(second, 25);
    let error = invoke(&client, "orders", "nothing", "{}").await.unwrap_err();
    assert!(error.is_resource_not_found_exception());
}

#[tokio::test]
async fn events_are_json_and_not_too_large_and_a_dry_run_runs_nothing() {
    let aws = FakeAws::start(Function::named("orders"));
    let client = lambda(&aws);
    assert!(invoke(&client, "orders", "$LATEST", "{oops").await.unwrap_err().is_invalid_request_content_exception());
    let large = format!("\"{}\"", "x".repeat(6_291_456));
    assert!(invoke(&client, "orders", "$LATEST", &large).await.unwrap_err().is_request_too_large_exception());
    let dry = client.invoke().function_name("orders").invocation_type(InvocationType::DryRun).send().await.unwrap();
    assert_eq!(dry.status_code(), 204);
    assert!(log(&call(&aws, "{}").await).contains("Init Duration"), "still cold");
}

#[tokio::test]
async fn a_payload_in_s3_is_read_missing_or_forbidden() {
    let aws = FakeAws::start(Function::named("orders"));
    aws.object("bucket", "folder/event 1.json", Some("{\"a\": 1}"));
    aws.object("bucket", "secret.json", None);
    let s3 = aws_sdk_s3::Client::new(&config(&aws).await);
    let get = |bucket: &str, key: &str| s3.get_object().bucket(bucket).key(key).send();
    let body = get("bucket", "folder/event 1.json").await.unwrap().body.collect().await.unwrap();
    assert_eq!(body.into_bytes().as_ref(), b"{\"a\": 1}");
    assert!(get("bucket", "missing.json").await.unwrap_err().into_service_error().is_no_such_key());
    for (bucket, key, status, code) in [("bucket", "secret.json", 403, "AccessDenied"), ("nowhere", "x", 404, "NoSuchBucket")] {
        let error = get(bucket, key).await.unwrap_err();
        assert_eq!((error.raw_response().unwrap().status().as_u16(), error.code()), (status, Some(code)));
    }
}

#[tokio::test]
async fn a_role_is_assumed_and_signs_from_then_on() {
    let aws = FakeAws::start(Function::named("orders"));
    let base = config(&aws).await;
    let role = AssumeRoleProvider::builder("arn:aws:iam::210987654321:role/tuner").session_name("s").configure(&base);
    let provider = role.build_from_provider(base.credentials_provider().unwrap()).await;
    let assumed =
        base.clone().into_builder().credentials_provider(aws_sdk_lambda::config::SharedCredentialsProvider::new(provider));
    let client = aws_sdk_lambda::Client::new(&assumed.build());
    client.get_function().function_name("orders").send().await.unwrap();
    let requests = aws.requests();
    assert_eq!(aws.operations(), ["AssumeRole", "GetFunction"]);
    assert_eq!(requests[0].form("RoleArn").unwrap(), "arn:aws:iam::210987654321:role/tuner");
    let keys: Vec<_> = requests.iter().map(|request| request.access_key.as_deref().unwrap()).collect();
    assert_eq!(keys, ["test", ASSUMED_KEY]);
}
