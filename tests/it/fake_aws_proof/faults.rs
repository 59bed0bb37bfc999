//! Every fault of the fake, seen through the real client.

use std::time::Duration;

use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::error::SdkError;
use aws_sdk_lambda::operation::get_function::GetFunctionError;
use aws_sdk_lambda::types::{LastUpdateStatus, LogType, State};

use super::control::{code, lambda};
use crate::fake_aws::{At, FakeAws, FaultKind, Function};

/// What GetFunction meets, asked once.
async fn met(kind: FaultKind) -> SdkError<GetFunctionError> {
    let aws = FakeAws::start(Function::named("orders"));
    aws.fault(At::Request(1), 1, kind);
    let timeouts = TimeoutConfig::builder().operation_timeout(Duration::from_secs(1)).build();
    let client = aws_sdk_lambda::Client::from_conf(lambda(&aws).config().to_builder().timeout_config(timeouts).build());
    let error = client.get_function().function_name("orders").send().await.unwrap_err();
    client.get_function().function_name("orders").send().await.unwrap(); // the fault is over
    error
}

#[tokio::test]
async fn refusals_are_the_modeled_errors() {
    let error = met(FaultKind::Throttle).await.into_service_error();
    assert!(error.is_too_many_requests_exception(), "{error:?}");
    let error = met(FaultKind::ServerError).await.into_service_error();
    assert!(error.is_service_exception(), "{error:?}");
    let error = met(FaultKind::AccessDenied).await;
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 403);
    let error = error.into_service_error();
    assert_eq!(code(&error), "AccessDeniedException");
    let text = format!("{:?}", error.meta().message());
    assert!(text.contains("is not authorized to perform: lambda:GetFunction"), "{text}");
    assert_eq!(code(&met(FaultKind::Conflict).await.into_service_error()), "ResourceConflictException");
    assert_eq!(code(&met(FaultKind::PreconditionFailed).await.into_service_error()), "PreconditionFailedException");
}

#[tokio::test]
async fn silence_is_a_timeout_and_a_closed_connection_is_not() {
    assert!(matches!(met(FaultKind::Timeout).await, SdkError::TimeoutError(_)));
    let error = met(FaultKind::Reset).await;
    assert!(matches!(error, SdkError::DispatchFailure(_)), "{error:?}");
}

#[tokio::test]
async fn a_reset_after_the_deed_leaves_the_deed_done() {
    let aws = FakeAws::start(Function::named("orders").memory(512));
    aws.fault(At::Operation("UpdateFunctionConfiguration", 1), 1, FaultKind::ResetAfterApply);
    aws.fault(At::Operation("PublishVersion", 1), 1, FaultKind::ResetAfterApply);
    let client = lambda(&aws);
    let update = client.update_function_configuration().function_name("orders").memory_size(1024);
    assert!(matches!(update.send().await.unwrap_err(), SdkError::DispatchFailure(_)));
    assert_eq!(aws.snapshot().functions["orders"].latest.memory_mb, 1024);
    tokio::time::sleep(Duration::from_millis(15)).await;
    assert!(client.publish_version().function_name("orders").send().await.is_err());
    assert_eq!(aws.snapshot().functions["orders"].versions.len(), 1);
}

#[tokio::test]
async fn an_update_can_fail_or_take_long_or_for_ever() {
    let aws = FakeAws::start(Function::named("orders").memory(512).echo());
    let nth = |nth| At::Operation("UpdateFunctionConfiguration", nth);
    aws.fault(nth(1), 1, FaultKind::FailedUpdate);
    aws.fault(nth(2), 1, FaultKind::StuckInProgress(Some(2)));
    aws.fault(nth(3), 1, FaultKind::StuckInProgress(None));
    let client = lambda(&aws);
    let update = async |memory_mb: i32| {
        let update = client.update_function_configuration().function_name("orders").memory_size(memory_mb);
        update.send().await.unwrap();
        tokio::time::sleep(Duration::from_millis(15)).await;
    };
    let status = async || {
        let configuration = client.get_function().function_name("orders").send().await.unwrap().configuration.unwrap();
        (configuration.last_update_status.unwrap(), configuration.last_update_status_reason)
    };
    update(1024).await;
    let (failed, reason) = status().await;
    assert_eq!(failed, LastUpdateStatus::Failed);
    assert!(reason.is_some());
    let error = client.publish_version().function_name("orders").send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_conflict_exception());
    update(2048).await;
    let looks = [status().await.0, status().await.0, status().await.0];
    assert_eq!(looks, [LastUpdateStatus::InProgress, LastUpdateStatus::InProgress, LastUpdateStatus::Successful]);
    update(256).await;
    for _ in 0..10 {
        assert_eq!(status().await.0, LastUpdateStatus::InProgress);
    }
    let call = client.invoke().function_name("orders").log_type(LogType::Tail).send().await.unwrap();
    assert!(call.function_error().is_none(), "calls go on with the configuration before");
}

#[tokio::test]
async fn a_version_can_fail_or_stay_pending() {
    let aws = FakeAws::start(Function::named("orders").memory(512));
    aws.fault(At::Operation("PublishVersion", 1), 1, FaultKind::StuckInProgress(Some(1)));
    let client = lambda(&aws);
    client.publish_version().function_name("orders").send().await.unwrap();
    let state = async || {
        let configuration = client.get_function_configuration().function_name("orders").qualifier("1").send().await.unwrap();
        configuration.state.unwrap()
    };
    assert_eq!([state().await, state().await], [State::Pending, State::Active]);
    let other = FakeAws::start(Function::named("orders").snap_start());
    other.fault(At::Request(1), 1, FaultKind::FailedUpdate);
    let client = lambda(&other);
    client.publish_version().function_name("orders").send().await.unwrap();
    tokio::time::sleep(Duration::from_millis(40)).await;
    let failed = client.get_function_configuration().function_name("orders").qualifier("1").send().await.unwrap();
    assert_eq!(failed.state(), Some(&State::Failed));
}

#[tokio::test]
async fn a_log_can_be_garbage() {
    let aws = FakeAws::start(Function::named("orders"));
    aws.fault(At::Operation("Invoke", 1), 1, FaultKind::LogIsNotBase64);
    aws.fault(At::Operation("Invoke", 2), 1, FaultKind::LogIsNoReport);
    let client = lambda(&aws);
    let mut tails = Vec::new();
    for _ in 0..3 {
        let output = client.invoke().function_name("orders").log_type(LogType::Tail).send().await.unwrap();
        tails.push(output.log_result.unwrap());
    }
    assert_eq!(tails[0], "!! this is not base64 !!");
    assert_eq!(tails[1], "bm90aGluZyB0byBzZWUgaGVyZQo=");
    assert!(tails[2].len() > 100);
}

#[tokio::test]
async fn the_standard_client_hides_two_throttles_of_an_invocation() {
    let aws = FakeAws::start(Function::named("orders"));
    aws.fault(At::Operation("Invoke", 1), 2, FaultKind::Throttle);
    let retrying = aws_sdk_lambda::config::retry::RetryConfig::standard();
    let sleepless = retrying.with_initial_backoff(Duration::from_millis(1));
    let client = aws_sdk_lambda::Client::from_conf(lambda(&aws).config().to_builder().retry_config(sleepless).build());
    client.invoke().function_name("orders").send().await.unwrap();
    assert_eq!(aws.operations(), ["Invoke"; 3]);
}

#[test]
fn a_request_without_a_signature_is_refused_and_remembered() {
    use std::io::{Read as _, Write as _};
    let aws = FakeAws::start(Function::named("orders"));
    let mut stream = std::net::TcpStream::connect(aws.endpoint().trim_start_matches("http://")).unwrap();
    stream.write_all(b"GET /2015-03-31/functions/orders HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 403");
    assert_eq!(aws.catastrophes(), ["GetFunction came without a signature"]);
    assert_eq!(aws.requests()[0].access_key, None);
}
