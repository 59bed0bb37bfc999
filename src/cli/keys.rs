//! Scenario keys as flags: every key of the workload and of the platforms, by its own name with dashes.
//!
//! The keys and their help come from the rooms that read them, so a new key is a new flag.

use std::ffi::OsString;

use clap::{Arg, ArgMatches, Command, FromArgMatches};
use millicent::platform;
use millicent::scenario;
use millicent::settings::{Key, Origin, Section, Value};
use millicent::simulate::Settings;
use millicent::sizing;
use millicent::traffic::Pattern;
use millicent::workload::Workload;

/// The settings that were typed as flags.
#[derive(Debug, Clone)]
pub(super) struct KeyFlags {
    pub(super) scenario: Section,
    pub(super) workload: Section,
    pub(super) option: Section,
}

/// The settings of a replay that were typed as flags.
#[derive(Debug, Clone)]
pub(super) struct ReplayFlags {
    pub(super) traffic: Section,
    pub(super) replay: Section,
}

/// `--prices` replaces a scenario's own choice of prices.
pub(super) fn set_prices(settings: &mut Section, names: &[String]) {
    if !names.is_empty() {
        let at = Origin::Flag("prices".to_owned());
        let names = names.iter().map(|name| (Value::Text(name.clone()), at.clone())).collect();
        settings.set("prices", Value::List(names), at);
    }
}

/// A key of one or more platforms.
struct OptionKey {
    key: Key,
    platforms: Vec<&'static str>,
    help: String,
}

/// The keys of all platforms, each once. A key that the workload has too means the workload's, as a flag.
fn option_keys() -> Vec<OptionKey> {
    let mut keys: Vec<OptionKey> = Vec::new();
    for platform in platform::ALL {
        for key in platform.all_keys().filter(|key| Workload::KEYS.iter().all(|known| known.name != key.name)) {
            match keys.iter_mut().find(|known| known.key.name == key.name) {
                Some(known) => {
                    known.platforms.push(platform.name);
                    if !known.help.contains(key.help) {
                        known.help.push_str(&format!("; {}: {}", platform.name, key.help));
                    }
                }
                None => keys.push(OptionKey { key: *key, platforms: vec![platform.name], help: key.help.to_owned() }),
            }
        }
    }
    keys
}

fn flag(key: &Key, help: String, heading: String) -> Arg {
    let flag = Arg::new(key.name).long(key.name.replace('_', "-")).value_name(key.value).help(help).help_heading(heading);
    // `--snap-start` alone says what `--snap-start=true` says; with a space, the next word could be the scenario.
    if key.value == "BOOL" {
        return flag.num_args(0..=1).require_equals(true).default_missing_value("true");
    }
    // A negative quantity should meet our own complaint, not be taken for an unknown flag.
    flag.allow_hyphen_values(true)
}

/// Writes `--snap-start true` as `--snap-start=true`, so that a switch may stand alone before a scenario and still take its
/// value as other flags do.
pub(super) fn joined_switches(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let switches: Vec<String> = option_keys()
        .iter()
        .filter(|option| option.key.value == "BOOL")
        .map(|option| format!("--{}", option.key.name.replace('_', "-")))
        .collect();
    let mut joined: Vec<OsString> = Vec::new();
    for argument in arguments {
        let value = argument.to_str().filter(|text| ["true", "false"].contains(text));
        match (value, joined.last_mut()) {
            (Some(value), Some(switch)) if switches.iter().any(|known| *switch == **known) => switch.push(format!("={value}")),
            _ => joined.push(argument),
        }
    }
    joined
}

impl clap::Args for KeyFlags {
    fn augment_args(command: Command) -> Command {
        let own = scenario::KEYS.iter().map(|key| flag(key, key.help.to_owned(), "Scenario".to_owned()));
        let workload = Workload::KEYS.iter().map(|key| flag(key, key.help.to_owned(), "Workload".to_owned()));
        let option = option_keys().into_iter().map(|option| {
            let heading = format!("Options of {}", option.platforms.join(", "));
            flag(&option.key, option.help, heading)
        });
        command.args(own).args(workload).args(option)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for KeyFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self {
            scenario: typed(matches, "scenario", scenario::KEYS.iter().copied()),
            workload: typed(matches, "workload", Workload::KEYS.iter().copied()),
            option: typed(matches, "option", option_keys().into_iter().map(|option| option.key)),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The flags of some keys, as settings.
fn typed(matches: &ArgMatches, name: &str, keys: impl Iterator<Item = Key>) -> Section {
    let mut section = Section::new(name, Origin::Flag(name.to_owned()));
    for key in keys {
        if let Some(text) = matches.get_one::<String>(key.name) {
            section.set(key.name, Value::Text(text.clone()), Origin::Flag(key.name.replace('_', "-")));
        }
    }
    section
}

impl clap::Args for ReplayFlags {
    fn augment_args(command: Command) -> Command {
        let traffic = Pattern::KEYS.iter().map(|key| flag(key, key.help.to_owned(), "Traffic".to_owned()));
        let replay = Settings::KEYS.iter().map(|key| flag(key, key.help.to_owned(), "Replay".to_owned()));
        command.args(traffic).args(replay)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ReplayFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self {
            traffic: typed(matches, "traffic", Pattern::KEYS.iter().copied()),
            replay: typed(matches, "replay", Settings::KEYS.iter().copied()),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The settings of a sizing that were typed as flags.
#[derive(Debug, Clone)]
pub(super) struct SizeFlags(pub(super) Section);

impl clap::Args for SizeFlags {
    fn augment_args(command: Command) -> Command {
        command.args(sizing::Settings::KEYS.iter().map(|key| flag(key, key.help.to_owned(), "Sizing".to_owned())))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SizeFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(typed(matches, "size", sizing::Settings::KEYS.iter().copied())))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
