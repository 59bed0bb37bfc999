//! Lambda's aliases.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::account::{Account, Alias, Deployed, revision_id};
use super::http::Reply;
use super::lambda::{Call, page, paged, resolve};
use super::service::Refusal;

impl Alias {
    /// Whether the alias sends calls to this version, be it a share of them.
    pub(crate) fn holds(&self, version: &str) -> bool {
        self.version == version || self.routing.contains_key(version)
    }
}

/// One operation on aliases.
pub(crate) fn control(operation: &str, call: &mut Call<'_>) -> Result<Reply, Refusal> {
    // Missing in the path of CreateAlias and ListAliases.
    let name = call.incoming.segments().get(4).cloned().unwrap_or_default();
    match operation {
        "ListAliases" => list(call),
        "CreateAlias" => create(call),
        "UpdateAlias" => update(call, &name),
        "GetAlias" => {
            let deployed = call.function(None)?;
            let alias = deployed.aliases.get(&name).ok_or_else(|| missing(deployed, &name))?;
            Ok(Reply::json(200, &alias_json(deployed, &name, alias)))
        }
        "DeleteAlias" => {
            // An alias that does not exist is deleted with success.
            call.function(None)?.aliases.remove(&name);
            Ok(Reply::empty(204))
        }
        _ => Err(Refusal::new(404, "UnknownOperationException", format!("the fake has no {}", call.incoming.target))),
    }
}

fn missing(deployed: &Deployed, name: &str) -> Refusal {
    Refusal::not_found(format!("Cannot find alias arn: {}:{name}", deployed.arn()))
}

fn alias_json(deployed: &Deployed, name: &str, alias: &Alias) -> Value {
    let mut json = json!({
        "AliasArn": format!("{}:{name}", deployed.arn()), "Name": name, "FunctionVersion": alias.version,
        "Description": alias.description, "RevisionId": revision_id(alias.revision()),
    });
    if !alias.routing.is_empty() {
        let weights: BTreeMap<&String, f64> =
            alias.routing.iter().map(|(version, weight)| (version, weight.parse().unwrap_or(0.0))).collect();
        json["RoutingConfig"] = json!({"AdditionalVersionWeights": weights});
    }
    json
}

fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (start, length) = page(call.incoming);
    let version = call.incoming.query("FunctionVersion");
    let deployed = call.function(None)?;
    let all: Vec<Value> = deployed
        .aliases
        .iter()
        .filter(|(_, alias)| version.as_deref().is_none_or(|version| alias.holds(version)))
        .map(|(name, alias)| alias_json(deployed, name, alias))
        .collect();
    let end = (start + length).min(all.len());
    Ok(Reply::json(200, &paged("Aliases", all.get(start..end).unwrap_or_default().to_vec(), end, all.len())))
}

/// The shares of calls that go to other versions.
fn routing(body: &Value) -> Option<BTreeMap<String, String>> {
    let weights = body.get("RoutingConfig")?["AdditionalVersionWeights"].as_object();
    Some(weights.into_iter().flatten().map(|(version, weight)| (version.clone(), weight.to_string())).collect())
}

fn create(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    let (name, version) = (text("Name"), text("FunctionVersion"));
    let revision = call.account.next_revision();
    let deployed = call.function(None)?;
    if deployed.aliases.contains_key(&name) {
        return Err(Refusal::conflict(format!("Alias already exists: {}:{name}", deployed.arn())));
    }
    if name.is_empty() || name.parse::<u64>().is_ok() {
        return Err(Refusal::invalid(format!("{name:?} is no name for an alias")));
    }
    resolve(deployed, Some(&version))?;
    let alias = Alias::new(version, text("Description"), routing(&body).unwrap_or_default(), revision);
    deployed.aliases.insert(name.clone(), alias);
    Ok(Reply::json(201, &alias_json(deployed, &name, &deployed.aliases[&name])))
}

fn update(call: &mut Call<'_>, name: &str) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let (function, _) = call.target();
    let revision = call.account.next_revision();
    call.function(None)?;
    let Account { functions, .. } = &mut *call.account;
    let deployed = functions.get_mut(&function).unwrap();
    let old = deployed.aliases.get(name).ok_or_else(|| missing(deployed, name))?;
    if body["RevisionId"].as_str().is_some_and(|known| known != revision_id(old.revision())) {
        return Err(Refusal::stale());
    }
    let kept = |key: &str, old: &str| body[key].as_str().unwrap_or(old).to_owned();
    let version = kept("FunctionVersion", &old.version);
    resolve(deployed, Some(&version))?;
    let routing = routing(&body).unwrap_or_else(|| old.routing.clone());
    let alias = Alias::new(version, kept("Description", &old.description), routing, revision);
    deployed.aliases.insert(name.to_owned(), alias);
    Ok(Reply::json(200, &alias_json(deployed, name, &deployed.aliases[name])))
}
