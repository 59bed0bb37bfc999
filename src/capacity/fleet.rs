//! What was asked for: the keys that every fleet has.

use crate::note::Note;
use crate::settings::{Found, Key, Section, SettingError, origin, value_or};
use crate::units::{Count as Number, Decimal, Rate, Share};
use crate::workload::Workload;

/// What a platform calls one of its instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noun {
    /// Containers of ECS.
    Task,
    /// Machines, and instances of a service.
    Instance,
    /// Copies of a container app.
    Replica,
    /// Pods of Kubernetes.
    Pod,
}

impl Noun {
    /// "task".
    #[must_use]
    pub const fn one(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Instance => "instance",
            Self::Replica => "replica",
            Self::Pod => "pod",
        }
    }

    /// "tasks", which is also the label of the count in a formula.
    #[must_use]
    pub const fn many(self) -> &'static str {
        match self {
            Self::Task => "tasks",
            Self::Instance => "instances",
            Self::Replica => "replicas",
            Self::Pod => "pods",
        }
    }

    /// "1 task", "2 tasks": the word after a count.
    #[must_use]
    pub fn of(self, count: Decimal) -> &'static str {
        if count == Decimal::ONE { self.one() } else { self.many() }
    }

    /// "task-hours".
    #[must_use]
    pub const fn hours(self) -> &'static str {
        match self {
            Self::Task => "task-hours",
            Self::Instance => "instance-hours",
            Self::Replica => "replica-hours",
            Self::Pod => "pod-hours",
        }
    }

    const fn least_key(self) -> &'static str {
        match self {
            Self::Task => "min_tasks",
            Self::Instance => "min_instances",
            Self::Replica => "min_replicas",
            Self::Pod => "min_pods",
        }
    }

    const fn most_key(self) -> &'static str {
        match self {
            Self::Task => "max_tasks",
            Self::Instance => "max_instances",
            Self::Replica => "max_replicas",
            Self::Pod => "max_pods",
        }
    }
}

/// How many were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// As many as the load needs.
    Auto,
    /// So many, whatever the load.
    Fixed(Decimal),
}

/// Whether the fleet follows the hours of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scaling {
    /// Sized for the peak, all month.
    Fixed,
    /// Sized anew for each hour of the workload's profile.
    Hourly,
}

/// The most instances a fleet may have, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// So many.
    pub count: Decimal,
    /// "the option", "the platform".
    pub whose: &'static str,
}

/// A fleet as it was in a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// How many were paid for on average: instances, or the machines that carry them.
    pub mean: Decimal,
    /// How many at most.
    pub most: Decimal,
    /// vCPU-hours of the month that burstable ones used beyond what they earn, where that is charged.
    pub surplus_vcpu_hours: Decimal,
}

/// A fleet as asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Fleet {
    /// What one of it is called.
    pub noun: Noun,
    /// How many.
    pub count: Count,
    /// At least so many.
    pub least: Decimal,
    /// At most so many.
    pub most: Option<Limit>,
    /// How busy the tightest resource may be at peak; all of it where a limit on waiting decides instead.
    pub target_utilization: Share,
    /// The share of requests that may wait at peak.
    pub most_waiting: Option<Share>,
    /// Zones, one of which may fail without overload.
    pub zones: Decimal,
    /// Instances more than needed.
    pub spares: Decimal,
    /// A measured capacity of one instance, in place of the computed one.
    pub rate_per_instance: Option<Rate>,
    /// Whether it follows the hours.
    pub scaling: Scaling,
    /// What a replay saw of it, in place of what is computed from the load.
    pub seen: Option<Seen>,
    /// The defaults that matter.
    pub notes: Vec<Note>,
}

macro_rules! fleet_keys {
    ($least:literal, $most:literal, $noun:literal) => {
        &[
            Key { name: "count", value: "N", help: "auto, or a fixed number, which is checked against the load [default: auto]" },
            Key { name: $least, value: "N", help: concat!("At least so many ", $noun, " [default: 1]") },
            Key { name: $most, value: "N", help: concat!("At most so many ", $noun, " [default: no limit]") },
            Key {
                name: "target_utilization",
                value: "SHARE",
                help: "How busy the tightest resource may be at peak [default: 70%, or what the limit on waiting allows]",
            },
            Key { name: "max_waiting", value: "SHARE", help: "Share of requests that may wait for a CPU or a place at peak" },
            Key {
                name: "zones",
                value: "N",
                help: "Zones, one of which may fail without overload [default: 1, no such reserve]",
            },
            Key { name: "spares", value: "N", help: "Instances more than needed [default: 0]" },
            Key {
                name: "requests_per_instance",
                value: "RATE",
                help: "Measured capacity of one instance, such as 2/s, instead of the computed one",
            },
            Key {
                name: "scaling",
                value: "NAME",
                help: "hourly (follow the workload's hourly profile) or fixed [default: hourly where there is a profile]",
            },
        ]
    };
}

/// How busy the tightest resource may be, when nobody says: between the 60 % to 75 % that autoscalers are commonly set to.
const DEFAULT_UTILIZATION: &str = "70%";
/// No fleet has more; a bound against typing mistakes, and a need beyond it is a shortfall.
pub const MOST_INSTANCES: u32 = 10_000_000;
/// No provider has a region of more.
const MOST_ZONES: u32 = 100;

impl Fleet {
    /// The keys of a fleet of tasks.
    pub const TASK_KEYS: &'static [Key] = fleet_keys!("min_tasks", "max_tasks", "tasks");
    /// The keys of a fleet of instances.
    pub const INSTANCE_KEYS: &'static [Key] = fleet_keys!("min_instances", "max_instances", "instances");
    /// The keys of a fleet of replicas.
    pub const REPLICA_KEYS: &'static [Key] = fleet_keys!("min_replicas", "max_replicas", "replicas");
    /// The keys of a fleet of pods.
    pub const POD_KEYS: &'static [Key] = fleet_keys!("min_pods", "max_pods", "pods");

    /// Reads the keys of a fleet.
    ///
    /// # Errors
    /// When a key is malformed or contradicts another.
    pub fn read(section: &mut Section, workload: &Workload, noun: Noun) -> Result<Self, SettingError> {
        let count = read_count(section)?;
        let least = section.whole_number(noun.least_key(), 0..=MOST_INSTANCES)?;
        let most = section.whole_number(noun.most_key(), 1..=MOST_INSTANCES)?;
        if let (Count::Fixed(_), Some(at)) = (count, origin(&least).or(origin(&most))) {
            let problem =
                format!("a fixed `count` leaves nothing for `{}` and `{}` to change", noun.least_key(), noun.most_key());
            return Err(SettingError::other(at, problem));
        }
        if let (Some(least), Some(most)) = (&least, &most)
            && most.value < least.value
        {
            return Err(SettingError::other(&most.at, format!("`{}` is below `{}`", noun.most_key(), noun.least_key())));
        }
        let target = section.quantity::<Share>("target_utilization")?;
        if let Some(zero) = target.as_ref().filter(|target| target.value == Share::NONE) {
            return Err(SettingError::other(&zero.at, "`target_utilization` is zero (no fleet is large enough for that)"));
        }
        let most_waiting = section.quantity::<Share>("max_waiting")?.map(|found| found.value);
        let zones = section.whole_number("zones", 1..=MOST_ZONES)?;
        let spares = section.whole_number("spares", 0..=MOST_INSTANCES)?;
        let rate_per_instance = section.quantity::<Rate>("requests_per_instance")?;
        if let Some(zero) = rate_per_instance.as_ref().filter(|rate| rate.value.is_zero()) {
            return Err(SettingError::other(&zero.at, "`requests_per_instance` is zero (an instance that carries nothing)"));
        }
        let scaling = section.choice("scaling", &[("fixed", Scaling::Fixed), ("hourly", Scaling::Hourly)])?;
        if let (Some(Found { value: Scaling::Hourly, at }), None) = (&scaling, &workload.hourly) {
            return Err(SettingError::other(at, "hourly scaling needs the workload's `hourly` profile"));
        }
        let by_default = if workload.hourly.is_some() { Scaling::Hourly } else { Scaling::Fixed };
        let mut fleet = Self {
            count,
            least: value_or(least, Decimal::ONE),
            most: most.map(|found| Limit { count: found.value, whose: "the option" }),
            most_waiting,
            zones: value_or(zones, Decimal::ONE),
            spares: value_or(spares, Decimal::ZERO),
            rate_per_instance: rate_per_instance.map(|found| found.value),
            scaling: value_or(scaling, by_default),
            ..Self::as_needed(noun)
        };
        fleet.set_utilization(target.map(|found| found.value), workload);
        Ok(fleet)
    }

    /// A fleet without a wish: as many as the load needs, none of them idle at peak.
    #[must_use]
    pub fn as_needed(noun: Noun) -> Self {
        Self {
            noun,
            count: Count::Auto,
            least: Decimal::ZERO,
            most: None,
            target_utilization: Share::ALL,
            most_waiting: None,
            zones: Decimal::ONE,
            spares: Decimal::ZERO,
            rate_per_instance: None,
            scaling: Scaling::Fixed,
            seen: None,
            notes: Vec::new(),
        }
    }

    /// Sets a limit, unless a lower one holds already.
    pub fn limit(&mut self, count: Decimal, whose: &'static str) {
        if self.most.is_none_or(|most| count < most.count) {
            self.most = Some(Limit { count, whose });
        }
    }

    /// A limit on waiting decides by itself how full a fleet may be, where waiting can be computed; otherwise a target is needed.
    fn set_utilization(&mut self, stated: Option<Share>, workload: &Workload) {
        let limited = self.most_waiting.is_some() || workload.p99.is_some();
        if limited && self.rate_per_instance.is_some() {
            let text = "how long requests wait is not known where `requests_per_instance` is stated: `p99` and `max_waiting` are checked against the work alone";
            self.notes.push(Note::observation(text));
        }
        match stated {
            Some(target) => self.target_utilization = target,
            None if self.count != Count::Auto || limited && self.rate_per_instance.is_none() => {}
            None if self.rate_per_instance.is_some() && !limited => {
                let meaning = "a stated `requests_per_instance` is taken as what one carries well; a target leaves room";
                self.notes.push(Note::default_used("target_utilization", "100%", meaning));
            }
            None => {
                self.target_utilization = DEFAULT_UTILIZATION.parse().unwrap_or(Share::ALL);
                let meaning = "the tightest resource at peak; `max_waiting` or the workload's `p99` sizes by waiting instead";
                self.notes.push(Note::default_used("target_utilization", DEFAULT_UTILIZATION, meaning));
            }
        }
    }
}

fn read_count(section: &mut Section) -> Result<Count, SettingError> {
    let Some(found) = section.text("count")? else { return Ok(Count::Auto) };
    if found.value == "auto" {
        return Ok(Count::Auto);
    }
    let wrong = || format!("`count` is {:?} (write auto, or a whole number from 1)", found.value);
    match found.value.parse::<Number>().map(Number::get) {
        Ok(count) if count.is_integer() && Decimal::ONE <= count && count <= Decimal::from(MOST_INSTANCES) => {
            Ok(Count::Fixed(count))
        }
        _ => Err(SettingError::other(&found.at, wrong())),
    }
}
