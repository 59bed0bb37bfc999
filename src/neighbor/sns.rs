//! SNS topics: messages published, and delivered to subscribers.
//!
//! Rules (SNS pricing page, 2025-08): a standard topic charges each 64 KB of a message published, and each delivery by where it
//! goes; to Lambda and SQS it is free. A FIFO topic charges messages and data, both when published and for each subscription.
//!
//! Worked number: 1,000,000 messages of 100 KB to two web addresses are 2,000,000 requests and 2,000,000 deliveries.

use super::reader::Reader;
use super::{Attached, Follows, Neighbor};
use crate::settings::{Key, SettingError};
use crate::units::{DataSize, Unit};
use crate::usage::Meter;

pub(super) const NEIGHBOR: Neighbor = Neighbor {
    name: "sns",
    about: "SNS topic: messages published, counted for each 64 KB, and deliveries",
    keys: &[
        Key { name: "kind", value: "NAME", help: "standard or fifo [default: standard]" },
        Key { name: "messages", value: "RATE", help: "Messages published [default: one for each request]" },
        Key { name: "message_size", value: "SIZE", help: "Size of a message [default: the workload's payload]" },
        Key { name: "subscriptions", value: "N", help: "Subscriptions that each message goes to [default: 1]" },
        Key { name: "deliver_to", value: "NAME", help: "lambda, sqs, http, email or firehose [default: lambda]" },
    ],
    follows: Follows::Requests,
    read,
};

static REQUESTS: Meter = Meter::fixed("sns.standard.requests", "SNS requests", Unit::Request);
static TO_LAMBDA: Meter = Meter::fixed("sns.deliveries.lambda", "SNS deliveries to Lambda", Unit::Notification);
static TO_SQS: Meter = Meter::fixed("sns.deliveries.sqs", "SNS deliveries to SQS", Unit::Notification);
static TO_HTTP: Meter = Meter::fixed("sns.deliveries.http", "SNS deliveries to web addresses", Unit::Notification);
static TO_EMAIL: Meter = Meter::fixed("sns.deliveries.email", "SNS deliveries by email", Unit::Notification);
static TO_FIREHOSE: Meter = Meter::fixed("sns.deliveries.firehose", "SNS deliveries to Firehose", Unit::Notification);
static FIFO_REQUESTS: Meter = Meter::fixed("sns.fifo.requests", "SNS FIFO requests", Unit::Request);
static FIFO_PUBLISHED: Meter = Meter::fixed("sns.fifo.published_data", "SNS FIFO data published", Unit::Gb);
static FIFO_DELIVERIES: Meter = Meter::fixed("sns.fifo.deliveries", "SNS FIFO deliveries", Unit::Message);
static FIFO_DELIVERED: Meter = Meter::fixed("sns.fifo.delivered_data", "SNS FIFO data delivered", Unit::Gb);

const CHUNK: DataSize = DataSize::from_kilobytes(64);

fn read(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    if reader.choice("kind", &[("standard", false), ("fifo", true)], "FIFO topics are charged by message and data")? {
        return read_fifo(reader);
    }
    let messages = reader.sized_arrivals("messages", "message_size", CHUNK)?;
    let subscriptions = reader.count_or("subscriptions", 1, "each message goes to every subscription")?;
    let targets =
        [("lambda", &TO_LAMBDA), ("sqs", &TO_SQS), ("http", &TO_HTTP), ("email", &TO_EMAIL), ("firehose", &TO_FIREHOSE)];
    let deliveries = reader.choice("deliver_to", &targets, "deliveries to Lambda and SQS are free, others are not")?;
    Ok(reader.finish(move |traffic, steps| {
        messages.add_chunks(traffic, steps, &REQUESTS, "messages published", CHUNK);
        steps.add(deliveries, "deliveries", &[(messages.count(traffic), "messages"), (subscriptions, "subscriptions")]);
    }))
}

fn read_fifo(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let messages = reader.arrivals_of_known_size("messages", "message_size")?;
    let subscriptions = reader.count_or("subscriptions", 1, "each message goes to every subscription")?;
    Ok(reader.finish(move |traffic, steps| {
        for (count, size) in messages.each(traffic) {
            let (count, subscriptions) = ((count, "messages"), (subscriptions, "subscriptions"));
            let data = (size.unwrap_or(DataSize::ZERO).gigabytes(), "GB each");
            steps.add(&FIFO_REQUESTS, "messages published", &[count]);
            steps.add(&FIFO_PUBLISHED, "messages published", &[count, data]);
            steps.add(&FIFO_DELIVERIES, "deliveries", &[count, subscriptions]);
            steps.add(&FIFO_DELIVERED, "deliveries", &[count, subscriptions, data]);
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MILLION, error, usage};

    #[test]
    fn messages_are_published_in_chunks_and_delivered_to_each_subscription() {
        let keys = [("message_size", "100KB"), ("subscriptions", "2"), ("deliver_to", "http")];
        assert_eq!(usage("sns", &keys, MILLION), ["sns.deliveries.http 2000000", "sns.standard.requests 2000000"]);
    }

    #[test]
    fn a_fifo_topic_charges_messages_and_data_on_both_sides() {
        let workload = [("requests", "1M/month"), ("payload", "64KB")];
        let expected = [
            "sns.fifo.delivered_data 183.10546875",
            "sns.fifo.deliveries 3000000",
            "sns.fifo.published_data 61.03515625",
            "sns.fifo.requests 1000000",
        ];
        assert_eq!(usage("sns", &[("kind", "fifo"), ("subscriptions", "3")], &workload), expected);
        assert!(error("sns", &[("kind", "fifo")], MILLION).contains("needs `message_size`"));
    }
}
