//! The other services: log events (CloudWatch Logs), objects (S3), roles (STS).

use std::time::Instant;

use serde_json::{Value, json};

use super::account::Account;
use super::http::{Incoming, Reply, form_value};
use super::service::Refusal;

/// Events that one call of FilterLogEvents looks at. A page without a match but with a token is normal, there as here.
const SCANNED_EVENTS: usize = 20;

pub(crate) fn logs(account: &Account, operation: &str, incoming: &Incoming) -> Result<Reply, Refusal> {
    if operation != "FilterLogEvents" {
        return Err(Refusal::new(400, "UnknownOperationException", format!("the fake has no {operation}")));
    }
    let body: Value = serde_json::from_slice(&incoming.body).unwrap_or_default();
    let group = body["logGroupName"].as_str().or(body["logGroupIdentifier"].as_str()).unwrap_or_default();
    let known = account.functions.keys().any(|name| group == format!("/aws/lambda/{name}"));
    if !known {
        return Err(Refusal::new(400, "ResourceNotFoundException", "The specified log group does not exist."));
    }
    let terms = terms(body["filterPattern"].as_str().unwrap_or_default())?;
    let (from, to) = (body["startTime"].as_u64().unwrap_or(0), body["endTime"].as_u64().unwrap_or(u64::MAX));
    let now = Instant::now();
    let mut stored: Vec<_> = account.logs.iter().filter(|event| event.group == group && event.visible_from <= now).collect();
    stored.sort_by_key(|event| event.timestamp_ms);
    if body["startFromHead"] == false {
        stored.reverse();
    }
    let limit: usize = body["limit"].as_u64().map_or(10_000, |limit| usize::try_from(limit).unwrap());
    if !(1..=10_000).contains(&limit) {
        return Err(Refusal::new(400, "InvalidParameterException", "limit must be between 1 and 10000"));
    }
    let start: usize = body["nextToken"].as_str().and_then(|token| token.strip_prefix("after-")?.parse().ok()).unwrap_or(0);
    let end = (start + SCANNED_EVENTS.min(limit)).min(stored.len());
    let events: Vec<Value> = stored
        .get(start..end)
        .unwrap_or_default()
        .iter()
        .filter(|event| (from..=to).contains(&event.timestamp_ms) && terms.iter().all(|term| event.message.contains(term)))
        .map(|event| {
            json!({
                "logStreamName": event.stream, "timestamp": event.timestamp_ms, "ingestionTime": event.timestamp_ms,
                "message": event.message, "eventId": format!("{:056}", event.timestamp_ms),
            })
        })
        .collect();
    let mut json = json!({"events": events, "searchedLogStreams": []});
    if end < stored.len() {
        json["nextToken"] = Value::from(format!("after-{end}"));
    }
    let mut reply = Reply::json(200, &json);
    reply.headers[0].1 = "application/x-amz-json-1.1".to_owned();
    Ok(reply)
}

/// The terms that an event must hold, all of them. A term with other characters than letters, digits and `_` must be quoted.
fn terms(pattern: &str) -> Result<Vec<String>, Refusal> {
    let quoted: Vec<String> = pattern.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    let bare: Vec<&str> = pattern.split('"').step_by(2).flat_map(str::split_whitespace).collect();
    let is_json = pattern.trim_start().starts_with('{');
    if !is_json && bare.iter().any(|term| term.contains(|letter: char| !letter.is_alphanumeric() && letter != '_')) {
        return Err(Refusal::new(400, "InvalidParameterException", "Invalid filter pattern"));
    }
    let bare = bare.into_iter().filter(|_| !is_json).map(str::to_owned);
    Ok(quoted.into_iter().chain(bare).collect())
}

/// GetObject, with the bucket in the path or in front of the host name.
pub(crate) fn s3(account: &Account, operation: &str, incoming: &Incoming) -> Result<Reply, Refusal> {
    if operation != "GetObject" {
        return Err(Refusal::new(501, "NotImplemented", format!("the fake has no {} of S3", incoming.method)));
    }
    let mut segments = incoming.segments();
    let host = incoming.header("host").unwrap_or_default();
    let is_plain = host.starts_with("localhost") || host.starts_with(|first: char| first.is_ascii_digit());
    let bucket = match host.split_once('.') {
        Some((bucket, _)) if !is_plain => bucket.to_owned(),
        _ if segments.is_empty() => return Err(Refusal::new(404, "NoSuchBucket", "The specified bucket does not exist")),
        _ => segments.remove(0),
    };
    let key = segments.join("/");
    match account.objects.get(&(bucket.clone(), key)) {
        Some(Some(body)) => Ok(Reply { body: body.clone(), ..Reply::empty(200) }.with("content-type", "application/json")),
        Some(None) => Err(Refusal::new(403, "AccessDenied", "Access Denied")),
        None if account.objects.keys().any(|(name, _)| *name == bucket) => {
            Err(Refusal::new(404, "NoSuchKey", "The specified key does not exist."))
        }
        None => Err(Refusal::new(404, "NoSuchBucket", "The specified bucket does not exist")),
    }
}

/// The access key of a role's credentials: a test sees by it who has signed a request.
pub(crate) const ASSUMED_KEY: &str = "ASIAASSUMEDROLE";

pub(crate) fn sts(operation: &str, incoming: &Incoming) -> Result<Reply, Refusal> {
    if operation != "AssumeRole" {
        return Err(Refusal::new(400, "InvalidAction", format!("the fake has no {operation}")));
    }
    let form = incoming.text();
    let role = form_value(&form, "RoleArn").unwrap_or_default();
    let session = form_value(&form, "RoleSessionName").unwrap_or_default();
    if !role.starts_with("arn:aws:iam::") || session.is_empty() {
        return Err(Refusal::new(400, "ValidationError", format!("{role} is invalid")));
    }
    let assumed = role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/");
    let xml = format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
         <AssumedRoleUser><AssumedRoleId>AROAFAKE:{session}</AssumedRoleId><Arn>{assumed}/{session}</Arn></AssumedRoleUser>\
         <Credentials><AccessKeyId>{ASSUMED_KEY}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
         <SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
         </AssumeRoleResult><ResponseMetadata><RequestId>fake</RequestId></ResponseMetadata></AssumeRoleResponse>"
    );
    Ok(Reply { body: xml.into_bytes(), ..Reply::empty(200) }.with("content-type", "text/xml"))
}

#[test]
fn filter_terms_are_quoted_when_they_hold_a_hyphen() {
    assert_eq!(terms("\"0001-c0de\" REPORT").unwrap(), ["0001-c0de", "REPORT"]);
    assert_eq!(terms("{ $.record.requestId = \"0001-c0de\" }").unwrap(), ["0001-c0de"]);
    assert!(terms("0001-c0de").is_err());
}
