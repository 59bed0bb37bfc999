//! moto as a second opinion on the control plane, as far as it goes: it runs no functions, knows no revisions, does not answer
//! GetAccountSettings, and may give a version's number twice. So a run must end before its first change, and say why; reading,
//! updating, listing and deleting are what `--dry-run` and `restore` do.

use std::collections::BTreeSet;

use aws_sdk_lambda::types::Runtime;
use millicent::tune::{Connection, Entry, FORMAT, RestorePoint};
use millicent::units::MemoryMb;
use serde_json::json;

use super::account::{Account, STEADY};
use super::emulators;
use super::server::Server;

fn account(test: &str) -> Option<Account> {
    let account = Account::new(Server::moto(&emulators(test)?), "123456789012");
    // moto wants the role to be there, which comes with a user.
    let nothing = json!({ "Effect": "Deny", "Action": "*", "Resource": "*" });
    account.limited_user("nobody", &json!({ "Version": "2012-10-17", "Statement": [nothing] }));
    account.create(&STEADY, "steady.zip", "steady_handler.handler", Runtime::from("python3.11"), None);
    account.publish("orders");
    Some(account)
}

#[test]
fn the_function_is_read_and_a_run_that_cannot_go_on_has_changed_nothing() {
    let Some(account) = account("moto::the_function_is_read") else { return };
    let before = account.see("orders");
    for name in ["orders", "orders:live", "arn:aws:lambda:us-east-1:123456789012:function:orders"] {
        let ran = account.tune(&[name, "--sizes", "128,512", "--dry-run"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.contains("function:orders, 256 MB, time-out 20 s, x86_64"), "{}", ran.out);
    }
    let unknown = account.tune(&["no-such-function"]);
    assert!(unknown.code == Some(1) && unknown.talk.contains("no-such-function"), "{unknown:?}");
    let ran = account.tune(&["orders", "--sizes", "128,512"]);
    assert!(ran.code == Some(1) && ran.talk.contains("could not read the account's limits"), "{ran:?}");
    assert_eq!(account.see("orders"), before);
}

#[test]
fn what_a_killed_run_has_left_is_put_back() {
    let Some(account) = account("moto::what_a_killed_run_has_left") else { return };
    let before = account.see("orders");
    let now = account.configuration("orders");
    let text = |value: Option<&str>| value.unwrap().to_owned();
    let mut journal = Entry::Begun(Box::new(RestorePoint {
        format: FORMAT,
        run: "20261126T120000Z-test".to_owned(),
        function: text(now.function_arn()),
        region: "us-east-1".to_owned(),
        connection: Connection::default(),
        memory: MemoryMb::new(256),
        description: text(now.description()),
        fingerprint: String::new(),
        code_sha256: text(now.code_sha256()),
        versions: BTreeSet::from(["1".to_owned()]),
    }))
    .line();
    // As far as such a run got: a size set and published, the next one set.
    for memory_mb in [512, 1024] {
        journal.push_str(&Entry::Changing { memory: MemoryMb::new(memory_mb), description: None }.line());
        let update = account.lambda.update_function_configuration().function_name("orders");
        account.wait(update.memory_size(memory_mb.try_into().unwrap()).send()).unwrap();
        if memory_mb == 512 {
            journal.push_str(&Entry::Publishing { description: "a size".to_owned() }.line());
            let publish = account.lambda.publish_version().function_name("orders").description("a size");
            let version = text(account.wait(publish.send()).unwrap().version());
            journal.push_str(&Entry::Published { version }.line());
        }
    }
    let path = account.home.path().join("killed.jsonl");
    std::fs::write(&path, journal).unwrap();
    assert_ne!(account.see("orders"), before);
    // moto's list of versions is empty for a function that is named by its ARN: what was deleted is not known to be gone.
    let restored = account.run(&["tune", "restore", path.to_str().unwrap()]);
    assert!(restored.code == Some(1) && restored.talk.contains("are back"), "{restored:?}");
    assert!(restored.talk.contains("could not be deleted: could not list the versions"), "{restored:?}");
    assert_eq!(account.see("orders"), before);
}
