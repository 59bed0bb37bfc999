//! Reads the settings of a neighbor: a stated key, or what holds without it and a note that says so.

use std::borrow::Cow;

use super::traffic::{Arrivals, Carried, Traffic, Volume};
use super::{Attached, Metering};
use crate::note::Note;
use crate::settings::{Key, Section, SettingError};
use crate::units::{Count, DataSize, Decimal, Rate, TimeSpan};
use crate::usage::Steps;
use crate::workload::Workload;

pub(super) const DATA: Key = Key { name: "data", value: "SIZE", help: "Data in the month, for example 500GB" };
pub(super) const DATA_PER_REQUEST: Key =
    Key { name: "data_per_request", value: "SIZE", help: "Instead of data: how much each request adds" };
pub(super) const BATCH_SIZE: Key = Key {
    name: "batch_size",
    value: "N",
    help: "Messages handed over at once: the compute is invoked once for so many [default: 1]",
};

/// No service hands over more at once (AWS Lambda developer guide, event source mappings, 2026: 10,000 from a queue or stream).
const MOST_IN_A_BATCH: u32 = 10_000;

/// The settings of one neighbor while they are read.
#[derive(Debug)]
pub(super) struct Reader<'r> {
    section: &'r mut Section,
    workloads: &'r [&'r Workload],
    notes: Vec<Note>,
}

impl<'r> Reader<'r> {
    pub(super) fn new(section: &'r mut Section, workloads: &'r [&'r Workload]) -> Self {
        Self { section, workloads, notes: Vec::new() }
    }

    pub(super) fn note(&mut self, note: Note) {
        self.notes.push(note);
    }

    /// Says that a key was not given and what was taken for it.
    pub(super) fn default(&mut self, key: &'static str, value: impl Into<Cow<'static, str>>, meaning: &'static str) {
        self.notes.push(Note::default_used(key, value, meaning));
    }

    /// Says that without this key there is none of it.
    pub(super) fn none(&mut self, key: &'static str, meaning: &'static str) {
        self.default(key, "none", meaning);
    }

    /// The complaint that a key is missing.
    pub(super) fn missing(&self, key: &'static str, example: &'static str) -> SettingError {
        self.section.missing(key, example)
    }

    /// The settings themselves, for what is read in only one way.
    pub(super) fn section(&mut self) -> &mut Section {
        self.section
    }

    /// A number that has a default.
    pub(super) fn count_or(&mut self, key: &'static str, default: u32, meaning: &'static str) -> Result<Decimal, SettingError> {
        match self.section.quantity::<Count>(key)? {
            Some(found) => Ok(found.value.get()),
            None => {
                self.default(key, default.to_string(), meaning);
                Ok(Decimal::from(default))
            }
        }
    }

    pub(super) fn count(&mut self, key: &'static str) -> Result<Option<Decimal>, SettingError> {
        Ok(self.section.quantity::<Count>(key)?.map(|found| found.value.get()))
    }

    /// A number that must be there.
    pub(super) fn needed_count(&mut self, key: &'static str, example: &'static str) -> Result<Decimal, SettingError> {
        Ok(self.section.required::<Count>(key, example)?.get())
    }

    /// A whole number from 1 to `most`.
    pub(super) fn whole_number(&mut self, key: &'static str, most: u32) -> Result<Option<Decimal>, SettingError> {
        Ok(self.section.whole_number(key, 1..=most)?.map(|found| found.value))
    }

    pub(super) fn size(&mut self, key: &'static str) -> Result<Option<DataSize>, SettingError> {
        Ok(self.section.quantity::<DataSize>(key)?.map(|found| found.value))
    }

    /// A size without which there is none of it, which is said.
    pub(super) fn size_or_none(&mut self, key: &'static str, meaning: &'static str) -> Result<DataSize, SettingError> {
        let size = self.size(key)?;
        if size.is_none() {
            self.none(key, meaning);
        }
        Ok(size.unwrap_or(DataSize::ZERO))
    }

    /// One of some names; the first where none is stated, which is said.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&'static str, T)],
        meaning: &'static str,
    ) -> Result<T, SettingError> {
        let (default, first) = *choices.first().expect("every list of choices in this room has entries");
        match self.section.choice(key, choices)? {
            Some(found) => Ok(found.value),
            None => {
                self.default(key, default, meaning);
                Ok(first)
            }
        }
    }

    /// How many come; one for each request where that is not stated.
    pub(super) fn arrivals(&mut self, key: &'static str) -> Result<Arrivals, SettingError> {
        let rate = self.section.quantity::<Rate>(key)?.map(|found| found.value);
        if rate.is_none() {
            let requests: Vec<String> = self.workloads.iter().map(|workload| workload.requests.to_string()).collect();
            self.default(key, requests.join(" and "), "one for each request");
        }
        Ok(Arrivals { rate, size: None, label: key })
    }

    /// The same with the size of each, which is the payload of the request where that is not stated.
    pub(super) fn sized_arrivals(
        &mut self,
        key: &'static str,
        size_key: &'static str,
        chunk: DataSize,
    ) -> Result<Arrivals, SettingError> {
        let arrivals = self.arrivals(key)?;
        Ok(Arrivals { size: self.size_or_payload(size_key, Some(chunk))?, ..arrivals })
    }

    /// The same where the size must be stated or known, because data is charged by it.
    pub(super) fn arrivals_of_known_size(&mut self, key: &'static str, size_key: &'static str) -> Result<Arrivals, SettingError> {
        let arrivals = self.arrivals(key)?;
        Ok(Arrivals { size: self.size_or_payload(size_key, None)?, ..arrivals })
    }

    /// The requests themselves, each with a size of this key.
    pub(super) fn sized_requests(&mut self, size_key: &'static str, chunk: DataSize) -> Result<Arrivals, SettingError> {
        Ok(Arrivals { rate: None, size: self.size_or_payload(size_key, Some(chunk))?, label: "requests" })
    }

    /// A duration; without it an execution takes as long as one request: of several workloads the longest.
    pub(super) fn duration_or_work(&mut self, key: &'static str, example: &'static str) -> Result<TimeSpan, SettingError> {
        if let Some(found) = self.section.quantity::<TimeSpan>(key)? {
            return Ok(found.value);
        }
        let longest = self.workloads.iter().filter_map(|workload| workload.mean_time()).max();
        let longest = longest.ok_or_else(|| self.missing(key, example))?;
        self.default(key, longest.rounded().to_string(), "one execution is taken to wait for one request, and for nothing else");
        Ok(longest)
    }

    /// A size; without it the payload of the request holds, and where that is unknown, `chunk` at most.
    fn size_or_payload(&mut self, key: &'static str, chunk: Option<DataSize>) -> Result<Option<DataSize>, SettingError> {
        let size = self.size(key)?;
        let payloads_are_known = self.workloads.iter().all(|workload| workload.payload.is_some());
        match (size, chunk) {
            (Some(_), _) => {}
            (None, _) if payloads_are_known => {
                self.default(key, "the payload of the request", "larger ones are counted in more units");
            }
            (None, Some(chunk)) => {
                self.default(key, format!("at most {chunk}"), "each further chunk of that size that is begun counts again");
            }
            (None, None) => return Err(self.missing(key, "or the workload's `payload`, for example \"2KB\"")),
        }
        Ok(size)
    }

    /// How much data passes, where it is stated or a workload tells.
    pub(super) fn volume(&mut self, carried: Option<Carried>) -> Result<Option<Volume>, SettingError> {
        let data = self.section.quantity::<DataSize>(DATA.name)?;
        let each = self.section.quantity::<DataSize>(DATA_PER_REQUEST.name)?;
        match (data, each) {
            (Some(_), Some(each)) => Err(SettingError::other(&each.at, "give `data` or `data_per_request`, not both")),
            (Some(data), None) => Ok(Some(Volume::Month(data.value))),
            (None, Some(each)) => Ok(Some(Volume::PerRequest(each.value))),
            (None, None) => {
                let tells = |carried: &Carried| {
                    self.workloads.iter().any(|workload| carried.of(workload.payload, workload.response).is_some())
                };
                let Some(carried) = carried.filter(tells) else { return Ok(None) };
                self.default(DATA.name, carried.name(), "a size that the workload does not state counts as nothing");
                Ok(Some(Volume::OfRequests(carried)))
            }
        }
    }

    /// How much data passes, which must be stated or told by a workload.
    pub(super) fn needed_volume(&mut self, carried: Option<Carried>) -> Result<Volume, SettingError> {
        let example = match carried {
            Some(Carried::Response) => "for example data = \"500GB\", or data_per_request, or the workload's `response`",
            Some(Carried::Both) => {
                "for example data = \"500GB\", or data_per_request, or the workload's `payload` and `response`"
            }
            None => "for example data = \"500GB\" or data_per_request = \"20KB\"",
        };
        self.volume(carried)?.ok_or_else(|| self.section.missing(DATA.name, example))
    }

    /// Messages handed over at once, where that is stated; the compute behind is then invoked less often, which is said.
    pub(super) fn batch(&mut self) -> Result<Option<Decimal>, SettingError> {
        let batch = self.whole_number(BATCH_SIZE.name, MOST_IN_A_BATCH)?.filter(|batch| *batch > Decimal::ONE);
        if let Some(batch) = batch {
            self.note(Note::assumption(format!(
                "every batch is full, {batch} messages, and one invocation of a function works on them one after another"
            )));
        }
        Ok(batch)
    }

    /// Refuses keys that mean something only with another setting.
    pub(super) fn refuse_without(&self, needed: &str, keys: &[&str]) -> Result<(), SettingError> {
        match self.section.keys().find(|(key, _)| keys.contains(key)) {
            Some((key, at)) => Err(SettingError::other(at, format!("`{key}` needs {needed}"))),
            None => Ok(()),
        }
    }

    /// The neighbor, which consumes what `metering` adds for some traffic.
    pub(super) fn finish(self, metering: impl Fn(&Traffic, &mut Steps) + Send + Sync + 'static) -> Attached {
        self.finish_batched(None, metering)
    }

    /// The same, where it hands over several messages at once.
    pub(super) fn finish_batched(
        self,
        batch: Option<Decimal>,
        metering: impl Fn(&Traffic, &mut Steps) + Send + Sync + 'static,
    ) -> Attached {
        let metering: Metering = Box::new(metering);
        Attached { metering, notes: self.notes, batch }
    }
}
