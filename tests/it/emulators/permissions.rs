//! The policy that `millicent tune policy` prints: enough for everything, and every action of it needed.
//!
//! MiniStack started by tests/emulators/ministack_like_aws.py checks a call with a Qualifier on the qualified ARN, as AWS
//! documents it since January 2022; where else it differs from AWS is in tests/emulators/README.md.

use aws_sdk_lambda::config::Credentials;
use serde_json::{Value, json};

use super::account::{Account, Deployed, Key, Ran, STEADY};
use super::ministack_with;

/// Checks permissions, and has an event in S3 that takes the report out of the log tail.
fn account(test: &str) -> Option<Account> {
    let account = ministack_with(test, &[("AUTH", "true"), ("UPDATE_SECONDS", "0.1"), ("PUBLISH_SECONDS", "0.05")])?;
    // The role of the functions comes with the first user.
    account.limited_user("nobody", &policy_of(&account, "none"));
    account.put_object("events", "order.json", &json!({ "late_padding_bytes": 6000 }).to_string());
    Some(account)
}

/// What the command prints for a run that uses everything.
fn policy_of(account: &Account, function: &str) -> Value {
    let arn = format!("arn:aws:lambda:us-east-1:000000000000:function:{function}");
    let ran = account.run(&["tune", "policy", &arn, "--alias", "--payload", "s3://events/order.json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran.json()
}

/// Every action of a policy.
fn actions(policy: &Value) -> Vec<String> {
    let statements = policy["Statement"].as_array().unwrap().iter();
    let actions = statements.flat_map(|statement| statement["Action"].as_array().unwrap());
    actions.map(|action| action.as_str().unwrap().to_owned()).collect()
}

/// The policy without an action.
fn without(policy: &Value, action: &str) -> Value {
    let mut policy = policy.clone();
    for statement in policy["Statement"].as_array_mut().unwrap() {
        statement["Action"].as_array_mut().unwrap().retain(|allowed| allowed != action);
    }
    policy["Statement"].as_array_mut().unwrap().retain(|statement| !statement["Action"].as_array().unwrap().is_empty());
    policy
}

/// A run that uses everything: an event in S3, reports in the logs, the size applied, an alias pointed.
fn run_with_everything(account: &Account, key: &Key, function: &str, alias: &str) -> Ran {
    account.tune_as(
        Some(key),
        &[
            function,
            "--sizes",
            "512,1024",
            "--calls",
            "2",
            "--payload",
            "s3://events/order.json",
            "--apply",
            "--alias",
            alias,
            "--patience",
            "2s",
            "--format",
            "json",
        ],
    )
}

#[test]
fn the_policy_is_enough_for_everything_and_not_for_deleting_the_function() {
    let Some(account) = account("permissions::the_policy_is_enough") else { return };
    account.deploy(&STEADY);
    let key = account.limited_user("tuner", &policy_of(&account, "orders"));
    let ran = run_with_everything(&account, &key, "orders", "live");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.json()["spent"]["api_calls"]["FilterLogEvents"].as_u64().unwrap() > 0, "{ran:?}");
    assert_eq!(u64::try_from(account.alias("orders", "live").1).ok(), ran.json()["recommendation"]["memory_mb"].as_u64());
    assert_eq!(account.published_by_runs("orders"), [account.alias("orders", "live").0]);
    let created = run_with_everything(&account, &key, "orders", "next");
    assert_eq!(created.code, Some(0), "{created:?}");

    let credentials = Credentials::new(key.0, key.1, None, None, "test");
    let config = account.lambda.config().to_builder().credentials_provider(credentials).build();
    let delete = aws_sdk_lambda::Client::from_conf(config).delete_function().function_name("orders");
    let refused = account.wait(delete.send()).unwrap_err().into_service_error();
    assert_eq!(refused.meta().code(), Some("AccessDeniedException"), "{refused:?}");
}

#[test]
fn without_any_one_action_a_run_says_which_and_leaves_the_function_as_it_was() {
    let Some(account) = account("permissions::without_any_one_action") else { return };
    for action in actions(&policy_of(&account, "any")) {
        let function = action.replace(':', "-");
        let before = account.deploy(&Deployed { name: &function, ..STEADY });
        let policy = policy_of(&account, &function);
        let key = account.limited_user(&function, &without(&policy, &action));
        // UpdateAlias is needed for an alias that is there, CreateAlias for one that is not.
        let ran = run_with_everything(&account, &key, &function, if action == "lambda:CreateAlias" { "next" } else { "live" });
        let said = format!("{} {}", ran.talk, if ran.out.is_empty() { String::new() } else { ran.json()["notes"].to_string() });
        assert!(said.contains(&action), "without {action}: {ran:?}");
        match action.as_str() {
            // The limits are nice to know: without them a run goes on with its own limit.
            "lambda:GetAccountSettings" => {
                assert_eq!(ran.code, Some(0), "{ran:?}");
                continue;
            }
            "lambda:DeleteFunction" => {
                assert_eq!(ran.code, Some(1), "without {action}: {ran:?}");
                assert_eq!((account.memory_mb(&function), account.published_by_runs(&function).len()), (256, 2));
                let name = account.limited_user("mended", &policy);
                let mut restore = account.command(&["tune", "restore", &function]);
                restore.env("AWS_ACCESS_KEY_ID", &name.0).env("AWS_SECRET_ACCESS_KEY", &name.1);
                assert!(restore.status().unwrap().success());
            }
            _ => assert_eq!(ran.code, Some(1), "without {action}: {ran:?}"),
        }
        assert_eq!(account.see(&function), before, "without {action}: {ran:?}");
    }
}

#[test]
fn versions_are_deleted_by_the_right_on_the_qualified_arn() {
    let Some(account) = account("permissions::versions_are_deleted") else { return };
    account.deploy(&STEADY);
    let mut policy = policy_of(&account, "orders");
    let statements = policy["Statement"].as_array_mut().unwrap().iter_mut();
    for statement in statements.filter(|statement| statement["Action"] == json!(["lambda:DeleteFunction"])) {
        assert_eq!(statement["Resource"], json!(["arn:aws:lambda:us-east-1:000000000000:function:orders:*"]));
        statement["Resource"] = json!(["arn:aws:lambda:us-east-1:000000000000:function:orders"]);
    }
    let key = account.limited_user("unqualified", &policy);
    let ran = account.tune_as(Some(&key), &["orders", "--sizes", "512", "--calls", "2", "--patience", "2s"]);
    assert!(ran.code == Some(1) && ran.talk.contains("lambda:DeleteFunction"), "{ran:?}");
    assert_eq!((account.memory_mb("orders"), account.published_by_runs("orders").len()), (256, 1));
}

#[test]
fn without_logs_in_the_policy_a_run_whose_answers_carry_the_reports_works() {
    let Some(account) = account("permissions::without_logs_in_the_policy") else { return };
    let before = account.deploy(&STEADY);
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:orders";
    let policy = account.run(&["tune", "policy", arn, "--no-logs"]).json();
    assert!(!actions(&policy).iter().any(|action| action.starts_with("logs:") || action.contains("Alias")));
    let key = account.limited_user("plain", &policy);
    let ran = account.tune_as(Some(&key), &[arn, "--sizes", "128,512", "--calls", "2"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(account.see("orders"), before);
}
