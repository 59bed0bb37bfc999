//! The control plane of the fake, driven by the real client: what AWS documents, and what its client makes of it.

use std::path::Path;
use std::time::Duration;

use aws_sdk_lambda::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_sdk_lambda::error::ProvideErrorMetadata;
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::types::{Environment, LastUpdateStatus, State};

use crate::fake_aws::{At, Deploy, FakeAws, FaultKind, Function};

/// A client that tries once: a test sees every answer.
pub(super) fn lambda(aws: &FakeAws) -> aws_sdk_lambda::Client {
    let config = aws_sdk_lambda::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(aws.endpoint())
        .retry_config(RetryConfig::disabled());
    aws_sdk_lambda::Client::from_conf(config.build())
}

async fn latest(client: &aws_sdk_lambda::Client) -> GetFunctionConfigurationOutput {
    client.get_function_configuration().function_name("orders").send().await.unwrap()
}

/// Sets the memory and waits until that is over.
pub(super) async fn set_memory(client: &aws_sdk_lambda::Client, memory_mb: i32) {
    client.update_function_configuration().function_name("orders").memory_size(memory_mb).send().await.unwrap();
    while latest(client).await.last_update_status() == Some(&LastUpdateStatus::InProgress) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn publish(client: &aws_sdk_lambda::Client) -> String {
    client.publish_version().function_name("orders").send().await.unwrap().version.unwrap()
}

/// The name of the error, as a user reads it.
pub(super) fn code(error: &impl ProvideErrorMetadata) -> &str {
    error.code().unwrap_or("none")
}

#[tokio::test]
async fn a_function_reads_as_planted() {
    let function = Function::named("orders").memory(512).description("ours").timeout(30).variable("TABLE", "t").arm64();
    let aws = FakeAws::start(function.code("v1").reserved_concurrency(5).json_logs());
    let client = lambda(&aws);
    let output = client.get_function().function_name("orders").send().await.unwrap();
    let configuration = output.configuration().unwrap();
    assert_eq!(configuration.memory_size(), Some(512));
    assert_eq!(configuration.description(), Some("ours"));
    assert_eq!(configuration.timeout(), Some(30));
    assert_eq!(configuration.architectures()[0].as_str(), "arm64");
    assert_eq!(configuration.environment().unwrap().variables().unwrap()["TABLE"], "t");
    assert_eq!(configuration.logging_config().unwrap().log_format().unwrap().as_str(), "JSON");
    assert_eq!(configuration.state(), Some(&State::Active));
    assert_eq!(configuration.code_sha256(), Some("O/wmlZTvZJIo6adLqwDwQu/JHVrMb77jGjgugNQjiP4="));
    assert_eq!(output.concurrency().unwrap().reserved_concurrent_executions(), Some(5));
    let limit = client.get_account_settings().send().await.unwrap().account_limit.unwrap();
    assert_eq!((limit.concurrent_executions, limit.unreserved_concurrent_executions), (1000, Some(995)));
    assert_eq!(aws.requests()[1].method, "GET");
    assert_eq!(aws.requests()[1].target, "/2016-08-19/account-settings");
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:orders";
    let by_arn = client.get_function_configuration().function_name(arn).send().await.unwrap();
    assert_eq!(by_arn.function_arn(), Some(arn));
    let error = client.get_function().function_name("nobody").send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception(), "{error:?}");
    let error = client.get_function().function_name("orders").qualifier("9").send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn an_update_is_in_progress_then_done_and_changes_the_revision_twice() {
    let aws = FakeAws::start(Function::named("orders").variable("A", "1").variable("B", "2"));
    aws.fault(At::Operation("UpdateFunctionConfiguration", 1), 1, FaultKind::StuckInProgress(Some(1)));
    let client = lambda(&aws);
    let before = latest(&client).await.revision_id.unwrap();
    let update = || client.update_function_configuration().function_name("orders");
    let variables = Environment::builder().variables("A", "3").build();
    let begun = update().memory_size(1024).environment(variables).revision_id(&before).send().await.unwrap();
    assert_eq!(begun.last_update_status(), Some(&LastUpdateStatus::InProgress));
    let error = update().memory_size(256).send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_conflict_exception(), "{error:?}");
    let error = client.publish_version().function_name("orders").send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_conflict_exception() && error.message().unwrap().contains("An update is in progress"));
    assert_eq!(aws.requests()[1].json()["MemorySize"], 1024);
    assert_eq!(latest(&client).await.last_update_status(), Some(&LastUpdateStatus::InProgress));
    let done = latest(&client).await;
    assert_eq!((done.memory_size(), done.last_update_status()), (Some(1024), Some(&LastUpdateStatus::Successful)));
    assert_eq!(done.environment().unwrap().variables().unwrap().len(), 1, "the environment is replaced, not merged");
    let revisions = [Some(before), begun.revision_id, done.revision_id];
    assert!(revisions[0] != revisions[1] && revisions[1] != revisions[2], "{revisions:?}");
    let error = update().memory_size(256).revision_id(revisions[1].clone().unwrap()).send().await.unwrap_err();
    assert!(error.into_service_error().is_precondition_failed_exception());
}

#[tokio::test]
async fn memory_has_bounds_and_a_new_account_has_lower_ones() {
    let aws = FakeAws::start(Function::named("orders").memory(512));
    let client = lambda(&aws);
    let refuse = async |memory_mb: i32| {
        let update = client.update_function_configuration().function_name("orders").memory_size(memory_mb);
        let error = update.send().await.unwrap_err().into_service_error();
        assert!(error.is_invalid_parameter_value_exception(), "{error:?}");
        error.message().unwrap().to_owned()
    };
    let text = "'MemorySize' value failed to satisfy constraint: Member must have value";
    assert_eq!(refuse(127).await, format!("{text} greater than or equal to 128"));
    assert_eq!(refuse(10_241).await, format!("{text} less than or equal to 10240"));
    aws.set(|settings| settings.memory_cap_mb = 3008);
    assert_eq!(refuse(3009).await, format!("{text} less than or equal to 3008"));
    assert_eq!(latest(&client).await.memory_size(), Some(512));
}

#[tokio::test]
async fn publishing_what_is_published_gives_the_version_there_is() {
    let aws = FakeAws::start(Function::named("orders").memory(512).description("ours").published());
    let client = lambda(&aws);
    let before = (aws.snapshot(), latest(&client).await.revision_id);
    let again = client.publish_version().function_name("orders").description("mine").send().await.unwrap();
    assert_eq!((again.version(), again.description()), (Some("1"), Some("ours")));
    assert_eq!(before, (aws.snapshot(), latest(&client).await.revision_id), "nothing is created, the revision stays");
    set_memory(&client, 1024).await;
    let revision = latest(&client).await.revision_id;
    let new = client.publish_version().function_name("orders").description("mine").send().await.unwrap();
    assert_eq!((new.version(), new.description(), new.memory_size()), (Some("2"), Some("mine"), Some(1024)));
    assert_ne!(revision, latest(&client).await.revision_id, "publishing changes the revision of $LATEST");
    let error = client.publish_version().function_name("orders").revision_id(revision.unwrap()).send().await.unwrap_err();
    assert!(error.into_service_error().is_precondition_failed_exception());
    assert_eq!(publish(&client).await, "2", "a description given on publishing is no change of $LATEST");
    let description = client.update_function_configuration().function_name("orders").description("changed");
    description.send().await.unwrap();
    tokio::time::sleep(Duration::from_millis(15)).await;
    assert_eq!(publish(&client).await, "3");
    let other = client.publish_version().function_name("orders").code_sha256("AAAA").send().await.unwrap_err();
    assert!(other.into_service_error().is_invalid_parameter_value_exception());
}

#[tokio::test]
async fn versions_come_in_pages() {
    let function = (1..=7).fold(Function::named("orders"), |function, step| function.memory(128 * step).published());
    let aws = FakeAws::start(function);
    let client = lambda(&aws);
    let pages = client.list_versions_by_function().function_name("orders").into_paginator().items().send();
    let versions: Vec<String> =
        pages.collect::<Result<Vec<_>, _>>().await.unwrap().into_iter().map(|row| row.version.unwrap()).collect();
    assert_eq!(versions, ["$LATEST", "1", "2", "3", "4", "5", "6", "7"]);
    assert_eq!(aws.operations(), ["ListVersionsByFunction"; 3]);
}

#[tokio::test]
async fn a_version_under_an_alias_is_not_deleted_and_a_whole_function_is_a_catastrophe() {
    let aws = FakeAws::start(Function::named("orders").published().memory(256).published().alias("live", 1));
    let client = lambda(&aws);
    let delete = |qualifier: &str| client.delete_function().function_name("orders").qualifier(qualifier).send();
    let error = delete("1").await.unwrap_err().into_service_error();
    assert!(error.is_resource_conflict_exception(), "{error:?}");
    assert_eq!(error.message(), Some("Unable to delete version because the following aliases reference it: [live]"));
    assert!(delete("$LATEST").await.unwrap_err().into_service_error().is_invalid_parameter_value_exception());
    assert!(delete("live").await.unwrap_err().into_service_error().is_invalid_parameter_value_exception());
    delete("2").await.unwrap();
    delete("2").await.unwrap(); // as in AWS: gone is gone
    assert_eq!(aws.snapshot().functions["orders"].versions.keys().collect::<Vec<_>>(), [&1]);
    set_memory(&client, 512).await;
    assert_eq!(publish(&client).await, "3", "a number is never given twice");
    assert!(aws.catastrophes().is_empty());
    client.delete_function().function_name("orders").send().await.unwrap();
    assert_eq!(aws.catastrophes(), ["the whole function orders was deleted"]);
    assert!(aws.snapshot().functions.is_empty());
}

#[tokio::test]
async fn aliases_are_made_moved_listed_and_deleted() {
    let aws = FakeAws::start(Function::named("orders").published().memory(256).published());
    let client = lambda(&aws);
    let before = aws.snapshot();
    for name in ["a", "b", "c", "d"] {
        client.create_alias().function_name("orders").name(name).function_version("1").send().await.unwrap();
    }
    let again = client.create_alias().function_name("orders").name("a").function_version("1").send().await.unwrap_err();
    assert!(again.into_service_error().is_resource_conflict_exception());
    let dangling = client.create_alias().function_name("orders").name("z").function_version("9").send().await.unwrap_err();
    assert!(dangling.into_service_error().is_resource_not_found_exception());
    let first = client.get_alias().function_name("orders").name("a").send().await.unwrap();
    let update = || client.update_alias().function_name("orders").name("a").function_version("2");
    let moved = update().revision_id(first.revision_id().unwrap()).send().await.unwrap();
    assert_eq!(moved.function_version(), Some("2"));
    let stale = update().revision_id(first.revision_id().unwrap()).send().await.unwrap_err();
    assert!(stale.into_service_error().is_precondition_failed_exception());
    let of_one = client.list_aliases().function_name("orders").function_version("1").send().await.unwrap();
    assert_eq!(of_one.aliases().len(), 3);
    let page = client.list_aliases().function_name("orders").send().await.unwrap();
    assert_eq!((page.aliases().len(), page.next_marker()), (3, Some("3")));
    for name in ["a", "b", "c", "d", "never-made"] {
        client.delete_alias().function_name("orders").name(name).send().await.unwrap();
    }
    let gone = client.get_alias().function_name("orders").name("a").send().await.unwrap_err();
    assert!(gone.into_service_error().is_resource_not_found_exception());
    assert_eq!(aws.snapshot(), before);
}

#[tokio::test]
async fn a_snapshot_is_what_a_user_notices() {
    let aws = FakeAws::start(Function::named("orders").memory(512));
    let client = lambda(&aws);
    let (before, revision) = (aws.snapshot(), latest(&client).await.revision_id);
    set_memory(&client, 1024).await;
    assert_ne!(aws.snapshot(), before);
    set_memory(&client, 512).await;
    assert_eq!(aws.snapshot(), before);
    assert_ne!(latest(&client).await.revision_id, revision);
}

#[tokio::test]
async fn somebody_else_deploys_at_the_nth_request() {
    let aws = FakeAws::start(Function::named("orders").memory(512));
    let client = lambda(&aws);
    aws.deploy(At::Operation("GetFunctionConfiguration", 2), Deploy::Description("theirs"));
    aws.deploy(At::Request(3), Deploy::Code("theirs"));
    aws.deploy(At::Request(4), Deploy::Memory(2048));
    aws.deploy(At::Request(5), Deploy::Publish);
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(latest(&client).await);
    }
    assert_eq!([seen[0].description(), seen[1].description()], [Some(""), Some("theirs")]);
    assert_ne!(seen[1].code_sha256(), seen[2].code_sha256());
    assert_eq!([seen[2].memory_size(), seen[3].memory_size()], [Some(512), Some(2048)]);
    assert_eq!(aws.snapshot().functions["orders"].versions.len(), 1);
    assert!(seen.windows(2).all(|pair| pair[0].revision_id() != pair[1].revision_id()));
}

#[test]
fn the_command_sees_this_account_and_no_other() {
    let aws = FakeAws::start(Function::named("orders"));
    let home = tempfile::tempdir().unwrap();
    let mut command = aws.millicent(home.path(), &["--version"]);
    let set = |name: &str| command.get_envs().find(|(key, _)| *key == name).and_then(|(_, value)| value.map(|v| v.to_owned()));
    assert_eq!(set("AWS_ENDPOINT_URL").unwrap(), aws.endpoint().as_str());
    assert!(!Path::new(&set("AWS_CONFIG_FILE").unwrap()).exists());
    assert_eq!(command.output().unwrap().status.code(), Some(0));
    assert!(aws.requests().is_empty());
}
