//! Lambda's control plane, except aliases: configurations, versions, account settings.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::account::{Account, Deployed, Finish, Phase, Version, configuration_json, replace_code, revision_id};
use super::alias;
use super::fault::{Deploy, FaultKind};
use super::http::{Incoming, Reply};
use super::service::Refusal;

/// AWS gives 50 and more; few are enough to need a second page.
pub(crate) const PAGE: usize = 3;

/// Everything that an operation sees.
pub(crate) struct Call<'a> {
    pub(crate) account: &'a mut Account,
    pub(crate) incoming: &'a Incoming,
    pub(crate) fault: Option<&'a FaultKind>,
}

/// Name and qualifier out of a name, a partial ARN or an ARN, each with or without `:qualifier`.
pub(crate) fn name_and_qualifier(text: &str) -> (String, Option<String>) {
    let parts: Vec<&str> = text.split(':').collect();
    let (name, qualifier) = match parts[..] {
        ["arn", _, "lambda", _, _, "function", name, ref rest @ ..] | [_, "function", name, ref rest @ ..] => {
            (name, rest.first())
        }
        [name, ref rest @ ..] => (name, rest.first()),
        [] => ("", None),
    };
    (name.to_owned(), qualifier.map(|qualifier| (*qualifier).to_owned()))
}

impl Call<'_> {
    /// The function's name and the qualifier, from the path or the query.
    pub(crate) fn target(&self) -> (String, Option<String>) {
        let (name, qualifier) = name_and_qualifier(&self.incoming.segments()[2]);
        (name, self.incoming.query("Qualifier").or(qualifier))
    }

    /// The function, with everything ended that is due.
    pub(crate) fn function(&mut self, looked_at: Option<&str>) -> Result<&mut Deployed, Refusal> {
        let (name, _) = self.target();
        let Account { functions, revisions, .. } = &mut *self.account;
        let deployed = functions.get_mut(&name).ok_or_else(|| Refusal::not_found(missing_function(&name)))?;
        deployed.settle(looked_at, revisions);
        Ok(deployed)
    }

    pub(crate) fn body(&self) -> Result<Value, Refusal> {
        let unreadable = |_| Refusal::new(400, "InvalidRequestContentException", "Could not parse request body into json");
        serde_json::from_slice(&self.incoming.body).map_err(unreadable)
    }

    /// When a change begun now is ready, faults considered.
    fn moving(&self, delay: Duration) -> Phase {
        let finish = match self.fault {
            Some(FaultKind::StuckInProgress(Some(looks))) => Finish::AfterLooks(*looks),
            Some(FaultKind::StuckInProgress(None)) => Finish::Never,
            _ => Finish::At(Instant::now() + delay),
        };
        Phase::Moving { finish, fails: self.fault == Some(&FaultKind::FailedUpdate) }
    }
}

fn missing_function(name: &str) -> String {
    format!("Function not found: arn:aws:lambda:us-east-1:123456789012:function:{name}")
}

/// One operation of the control plane.
pub(crate) fn control(operation: &str, mut call: Call<'_>) -> Result<Reply, Refusal> {
    match operation {
        "GetAccountSettings" => Ok(Reply::json(200, &account_settings(call.account))),
        "GetFunction" => get_function(&mut call),
        "GetFunctionConfiguration" => Ok(Reply::json(200, &looked_at_configuration(&mut call)?)),
        "UpdateFunctionConfiguration" => update_configuration(&mut call),
        "ListVersionsByFunction" => list_versions(&mut call),
        "PublishVersion" => publish(&mut call),
        "DeleteFunction" => delete_function(&mut call),
        _ => alias::control(operation, &mut call),
    }
}

fn account_settings(account: &Account) -> Value {
    let reserved: u32 = account.functions.values().filter_map(|deployed| deployed.reserved_concurrency).sum();
    let concurrency = account.settings.concurrency;
    json!({
        "AccountLimit": {
            "TotalCodeSize": 80_530_636_800_u64, "CodeSizeUnzipped": 262_144_000, "CodeSizeZipped": 52_428_800,
            "ConcurrentExecutions": concurrency, "UnreservedConcurrentExecutions": concurrency.saturating_sub(reserved),
        },
        "AccountUsage": {"TotalCodeSize": 1024, "FunctionCount": account.functions.len()},
    })
}

/// The version behind a qualifier: `None` is `$LATEST`.
pub(crate) fn resolve(deployed: &Deployed, qualifier: Option<&str>) -> Result<Option<u64>, Refusal> {
    let qualifier = qualifier.unwrap_or("$LATEST");
    let number = deployed.aliases.get(qualifier).map_or(qualifier, |alias| &alias.version);
    if number == "$LATEST" {
        return Ok(None);
    }
    let found = number.parse().ok().filter(|number| deployed.versions.contains_key(number));
    found.map(Some).ok_or_else(|| Refusal::not_found(format!("Function not found: {}:{qualifier}", deployed.arn())))
}

fn looked_at_configuration(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let (_, qualifier) = call.target();
    let version = resolve(call.function(None)?, qualifier.as_deref())?;
    let looked_at = version.map_or_else(|| "$LATEST".to_owned(), |number| number.to_string());
    let mut json = configuration_json(call.function(Some(&looked_at))?, version);
    // Asked for by alias, AWS answers with the ARN that it was asked for.
    if let (Some(alias), Some(_)) = (qualifier.filter(|alias| alias.parse::<u64>().is_err()), version) {
        json["FunctionArn"] = Value::from(format!("{}:{alias}", call.function(None)?.arn()));
    }
    Ok(json)
}

fn get_function(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let configuration = looked_at_configuration(call)?;
    let mut json = json!({
        "Configuration": configuration,
        "Code": {"RepositoryType": "S3", "Location": "https://code.invalid/secret"},
        "Tags": {},
    });
    if let Some(reserved) = call.function(None)?.reserved_concurrency {
        json["Concurrency"] = json!({"ReservedConcurrentExecutions": reserved});
    }
    Ok(Reply::json(200, &json))
}

/// Refuses while an update runs, and when the caller knows another revision than the present one.
fn guard(deployed: &Deployed, body: &Value) -> Result<(), Refusal> {
    if matches!(deployed.phase, Phase::Moving { .. }) {
        let text = "The operation cannot be performed at this time. An update is in progress for resource";
        return Err(Refusal::conflict(format!("{text}: {}", deployed.arn())));
    }
    match body["RevisionId"].as_str() {
        Some(revision) if revision != revision_id(deployed.revision) => Err(Refusal::stale()),
        _ => Ok(()),
    }
}

fn update_configuration(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let cap_mb = u64::from(call.account.settings.memory_cap_mb);
    let phase = call.moving(call.account.settings.update_delay);
    let revision = call.account.next_revision();
    let deployed = call.function(None)?;
    if let Some(memory_mb) = body["MemorySize"].as_u64() {
        let text = "'MemorySize' value failed to satisfy constraint: Member must have value";
        if memory_mb < 128 {
            return Err(Refusal::invalid(format!("{text} greater than or equal to 128")));
        } else if memory_mb > cap_mb {
            return Err(Refusal::invalid(format!("{text} less than or equal to {cap_mb}")));
        }
    }
    guard(deployed, &body)?;
    let mut changed = deployed.latest.clone();
    for (key, value) in body.as_object().into_iter().flatten() {
        let number = || value.as_u64().and_then(|number| u32::try_from(number).ok()).unwrap_or_default();
        match key.as_str() {
            "RevisionId" => {}
            "MemorySize" => changed.memory_mb = number(),
            "Timeout" => changed.timeout_s = number(),
            "Description" => value.as_str().unwrap_or_default().clone_into(&mut changed.description),
            // The whole environment is replaced, as AWS does.
            "Environment" => {
                changed.environment = serde_json::from_value(value["Variables"].clone()).unwrap_or_default();
            }
            other => return Err(Refusal::invalid(format!("the fake cannot change {other}"))),
        }
    }
    (deployed.latest, deployed.phase, deployed.revision) = (changed, phase, revision);
    Ok(Reply::json(200, &configuration_json(deployed, None)))
}

fn list_versions(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (start, length) = page(call.incoming);
    let deployed = call.function(None)?;
    let all: Vec<Option<u64>> = std::iter::once(None).chain(deployed.versions.keys().copied().map(Some)).collect();
    let end = (start + length).min(all.len());
    let rows: Vec<Value> =
        all.get(start..end).unwrap_or_default().iter().map(|version| configuration_json(deployed, *version)).collect();
    Ok(Reply::json(200, &paged("Versions", rows, end, all.len())))
}

/// Where a page starts, and its length.
pub(crate) fn page(incoming: &Incoming) -> (usize, usize) {
    let number = |name| incoming.query(name).and_then(|text: String| text.parse().ok());
    (number("Marker").unwrap_or(0), number("MaxItems").unwrap_or(PAGE).min(PAGE))
}

pub(crate) fn paged(name: &str, rows: Vec<Value>, end: usize, total: usize) -> Value {
    let mut json = json!({ name: rows });
    if end < total {
        json["NextMarker"] = Value::from(end.to_string());
    }
    json
}

fn publish(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let snap_start_delay = call.account.settings.snap_start_delay;
    let begun = call.moving(snap_start_delay);
    let troubled = matches!(call.fault, Some(FaultKind::FailedUpdate | FaultKind::StuckInProgress(_)));
    let deployed = call.function(None)?;
    guard(deployed, &body)?;
    // Not confirmed on AWS; a caller has no business to publish what could not be set up.
    if matches!(deployed.phase, Phase::Failed) {
        return Err(Refusal::conflict("The operation cannot be performed at this time. The last update has failed"));
    }
    if let Some(sha) = body["CodeSha256"].as_str().filter(|sha| *sha != deployed.latest.code_sha256) {
        let ours = &deployed.latest.code_sha256;
        let text = format!("CodeSHA256 ({sha}) is different from current CodeSHA256 in $LATEST ({ours}).");
        return Err(Refusal::invalid(format!("{text} Please try again with the CodeSHA256 in $LATEST.")));
    }
    // Nothing has changed since the last version: that one is the answer, and a new description is ignored.
    if let Some((number, _)) = deployed.versions.last_key_value().filter(|(_, last)| last.published_from == deployed.latest) {
        return Ok(Reply::json(201, &configuration_json(deployed, Some(*number))));
    }
    let phase = if troubled || deployed.latest.snap_start { begun } else { Phase::Done };
    let name = deployed.name.clone();
    let number = add_version(call.account, &name, body["Description"].as_str(), phase);
    Ok(Reply::json(201, &configuration_json(&call.account.functions[&name], Some(number))))
}

fn add_version(account: &mut Account, name: &str, description: Option<&str>, phase: Phase) -> u64 {
    let (own, of_latest) = (account.next_revision(), account.next_revision());
    let deployed = account.functions.get_mut(name).unwrap();
    let mut configuration = deployed.latest.clone();
    if let Some(description) = description {
        description.clone_into(&mut configuration.description);
    }
    let number = deployed.next_version;
    deployed.next_version += 1;
    deployed.revision = of_latest;
    let published_from = deployed.latest.clone();
    deployed.versions.insert(number, Version { configuration, published_from, phase, revision: own });
    number
}

fn delete_function(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (name, qualifier) = call.target();
    let deployed = call.function(None)?;
    match qualifier.as_deref() {
        None => {
            call.account.functions.remove(&name);
            call.account.catastrophes.push(format!("the whole function {name} was deleted"));
        }
        Some("$LATEST") => {
            return Err(Refusal::invalid("$LATEST version cannot be deleted without deleting the function."));
        }
        Some(alias) if alias.parse::<u64>().is_err() => {
            return Err(Refusal::invalid("Deletion of aliases is not currently supported."));
        }
        Some(number) => {
            // A version that does not exist is deleted with success.
            let holders: Vec<&str> =
                deployed.aliases.iter().filter(|(_, alias)| alias.holds(number)).map(|(name, _)| name.as_str()).collect();
            if !holders.is_empty() {
                let text = "Unable to delete version because the following aliases reference it";
                return Err(Refusal::conflict(format!("{text}: [{}]", holders.join(", "))));
            }
            deployed.versions.remove(&number.parse().unwrap());
            deployed.environments.remove(number);
        }
    }
    Ok(Reply::empty(204))
}

/// What somebody else does to a function; it is over at once.
pub(crate) fn deploy(account: &mut Account, name: &str, change: &Deploy) {
    let revision = account.next_revision();
    let Some(deployed) = account.functions.get_mut(name) else { return };
    match change {
        Deploy::Memory(memory_mb) => deployed.latest.memory_mb = *memory_mb,
        Deploy::Description(description) => (*description).clone_into(&mut deployed.latest.description),
        Deploy::Code(code) => replace_code(deployed, code),
        Deploy::Publish => {
            add_version(account, name, None, Phase::Done);
            return;
        }
    }
    deployed.phase = Phase::Done;
    deployed.revision = revision;
    deployed.running = deployed.latest.clone();
    deployed.environments.remove("$LATEST");
}

#[test]
fn a_function_is_named_in_four_ways() {
    let (name, qualifier) = ("orders".to_owned(), Some("live".to_owned()));
    for text in ["orders", "123456789012:function:orders", "arn:aws:lambda:us-east-1:123456789012:function:orders"] {
        assert_eq!(name_and_qualifier(text), (name.clone(), None));
        assert_eq!(name_and_qualifier(&format!("{text}:live")), (name.clone(), qualifier.clone()));
    }
}
