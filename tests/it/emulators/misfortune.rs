//! Functions that fail, runs that are stopped, accounts that are full: what is said, and what is left of it.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use serde_json::{Value, json};

use super::account::{Deployed, Ran, STEADY, UnderWay};
use super::ministack;

/// The sizes that are out, with the reason.
fn infeasible(ran: &Ran) -> Vec<(u64, String)> {
    let result = ran.json();
    let list = result["infeasible"].as_array().unwrap();
    list.iter().map(|one| (one["memory_mb"].as_u64().unwrap(), one["reason"].as_str().unwrap().to_owned())).collect()
}

fn recommended(ran: &Ran) -> Value {
    ran.json()["recommendation"]["memory_mb"].clone()
}

#[test]
fn a_size_that_runs_out_of_memory_spares_the_smaller_ones() {
    let Some(account) = ministack("misfortune::a_size_that_runs_out_of_memory") else { return };
    let before = account.deploy(&Deployed { memory_mb: 1024, ..STEADY });
    let event = json!({ "need_mb": 1024 }).to_string();
    let ran = account.tune(&[
        "orders",
        "--sizes",
        "128,512,1024,1769",
        "--calls",
        "3",
        "--payload",
        &event,
        "--concurrency",
        "1",
        "--format",
        "json",
    ]);
    assert_eq!((ran.code, recommended(&ran)), (Some(0), json!(1024)), "{ran:?}");
    let out = infeasible(&ran);
    assert_eq!(out.iter().map(|(memory_mb, _)| *memory_mb).collect::<Vec<_>>(), [128, 512]);
    assert!(out[1].1.contains("out of memory"), "{out:?}");
    assert_eq!(account.see("orders"), before);
}

#[test]
fn a_time_out_or_an_error_takes_out_its_own_size_only() {
    let Some(account) = ministack("misfortune::a_time_out_or_an_error") else { return };
    let before = account.deploy(&Deployed { timeout_s: 1, ..STEADY });
    // 100 · 1769 / 128 = 1382 ms do not fit into the time-out of 1 s; 346 ms at 512 MB do.
    for (event, words) in [(json!({ "slope_ms": 100 }), "time"), (json!({ "fail_below_mb": 512 }), "error")] {
        let event = event.to_string();
        let ran = account.tune(&["orders", "--sizes", "128,512", "--calls", "3", "--payload", &event, "--format", "json"]);
        assert_eq!((ran.code, recommended(&ran)), (Some(0), json!(512)), "{ran:?}");
        let out = infeasible(&ran);
        assert!(out.len() == 1 && out[0].0 == 128 && out[0].1.contains(words), "{out:?}");
        assert_eq!(account.see("orders"), before);
    }
}

#[test]
fn a_function_that_always_fails_is_told_so_and_keeps_its_words_to_itself() {
    let Some(account) = ministack("misfortune::a_function_that_always_fails") else { return };
    let before = account.deploy(&STEADY);
    for fail in ["error", "exit"] {
        let event = json!({ "fail": fail }).to_string();
        let ran = account.tune(&["orders", "--sizes", "128,512", "--calls", "3", "--payload", &event]);
        assert_eq!(ran.code, Some(3), "{ran:?}");
        assert!(!ran.out.contains("planted error") && !ran.talk.contains("planted error"), "{ran:?}");
        assert_eq!(account.see("orders"), before);
    }
    // MiniStack replaces an environment whose handler raised: all calls are cold ones.
    let event = json!({ "fail": "error" }).to_string();
    let allowed = ["orders", "--sizes", "512", "--calls", "3", "--payload", &event, "--allow-error", "Runtime.HandlerError"];
    let ran = account.tune(&[&allowed[..], &["--only-cold-starts", "--log-payload", "--format", "json"]].concat());
    assert_eq!((ran.code, recommended(&ran)), (Some(0), json!(512)), "{ran:?}");
    assert!(ran.talk.contains("planted error at 512 MB"), "{ran:?}");
    let ran = account.tune(&allowed);
    assert!(ran.code == Some(3) && ran.talk.contains("no size has a call that can be averaged"), "{ran:?}");
    assert_eq!(account.see("orders"), before);
}

#[test]
fn an_interrupted_run_puts_everything_back_and_can_be_resumed() {
    let Some(account) = ministack("misfortune::an_interrupted_run") else { return };
    let before = account.deploy(&STEADY);
    let event = json!({ "base_ms": 300, "sleep_scale": 1 }).to_string();
    let arguments = ["tune", "orders", "--yes", "--sizes", "512,1024,1769", "--calls", "10", "--payload", &event];
    let run = UnderWay::start(&mut account.command(&arguments), account.home.path());
    account.until_published("orders", 2);
    run.signal("-INT");
    let ran = run.finish();
    assert_eq!(ran.code, Some(130), "{ran:?}");
    assert!(ran.talk.contains("interrupted") && ran.talk.contains("--resume"), "{ran:?}");
    assert_eq!(account.see("orders"), before);
    let journal = ran.talk.split("--resume ").nth(1).unwrap().split_whitespace().next().unwrap();
    let resumed = account.tune(&[
        "orders",
        "--sizes",
        "512,1024,1769",
        "--calls",
        "10",
        "--payload",
        &event,
        "--resume",
        journal,
        "--format",
        "json",
    ]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    let sizes = resumed.json()["sizes"].as_array().unwrap().iter().map(|size| size["calls"].clone()).collect::<Vec<_>>();
    assert_eq!(sizes, [json!(10), json!(10), json!(10)]);
    assert_eq!(account.see("orders"), before);
}

#[test]
fn what_a_killed_run_has_left_is_put_back_by_restore() {
    let Some(account) = ministack("misfortune::what_a_killed_run_has_left") else { return };
    let before = account.deploy(&STEADY);
    let event = json!({ "base_ms": 300, "sleep_scale": 1 }).to_string();
    let arguments = ["tune", "orders", "--yes", "--sizes", "512,1024,1769,3008", "--payload", &event];
    let run = UnderWay::start(&mut account.command(&arguments), account.home.path());
    account.until_published("orders", 2);
    run.signal("-KILL");
    assert_eq!(run.finish().code, None);
    assert!(account.memory_mb("orders") != 256 && account.see("orders") != before);
    // While something is left, no second run starts on this function.
    let second = account.tune(&["orders", "--sizes", "512"]);
    assert!(second.code == Some(1) && second.talk.contains("millicent tune restore"), "{second:?}");
    let restored = account.run(&["tune", "restore"]);
    assert!(restored.code == Some(0) && restored.talk.contains("are back"), "{restored:?}");
    assert_eq!(account.see("orders"), before);
    let again = account.run(&["tune", "restore", "orders"]);
    assert!(again.code == Some(0) && again.talk.contains("nothing to put back"), "{again:?}");
}

#[test]
fn no_more_calls_run_at_once_than_are_reserved() {
    let Some(account) = ministack("misfortune::no_more_calls_run_at_once") else { return };
    account.deploy(&STEADY);
    let reserve = |calls| {
        let request = account.lambda.put_function_concurrency().function_name("orders");
        account.wait(request.reserved_concurrent_executions(calls).send()).unwrap();
    };
    reserve(1);
    let before = account.see("orders");
    let event = json!({ "base_ms": 20, "sleep_scale": 1 }).to_string();
    let arguments = ["orders", "--sizes", "512,1769", "--calls", "6", "--workers", "3", "--payload", &event, "--format", "json"];
    let ran = account.tune(&arguments);
    assert_eq!((ran.code, &ran.json()["spent"]["throttled"]), (Some(0), &json!(0)), "{ran:?}");
    // Somebody else needs the place for a second: calls that are refused are made again.
    let long = Blob::new(json!({ "base_ms": 1500, "slope_ms": 0, "sleep_scale": 1 }).to_string());
    let elsewhere = account.lambda.invoke().function_name("orders").qualifier("live").payload(long);
    account.wait(elsewhere.invocation_type(InvocationType::Event).send()).unwrap();
    let ran = account.tune(&arguments);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.json()["spent"]["throttled"].as_u64().unwrap() > 0, "{ran:?}");
    assert_eq!(account.see("orders"), before);
    reserve(0);
    let ran = account.tune(&arguments);
    assert!(ran.code == Some(1) && ran.talk.contains("reserved concurrency is 0"), "{ran:?}");
}
