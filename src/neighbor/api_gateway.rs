//! API Gateway in its three kinds.
//!
//! Rules (API Gateway pricing page, 2025-10): a request of an HTTP API counts once for each 512 KB, one of a REST API once
//! whatever its size, a WebSocket message once for each 32 KB in either direction, and every minute that a connection is open.
//! A REST cache is charged by the hour and its size. The increments are as stormit.cloud/blog/amazon-api-gateway-pricing quotes
//! them. Data that leaves for the internet is charged beside ([`super::data_transfer`]).
//!
//! Worked number: 1,000,000 requests of 600 KB are 2,000,000 of an HTTP API and 1,000,000 of a REST API.

use super::reader::Reader;
use super::traffic::chunks;
use super::{Attached, Follows, Neighbor};
use crate::settings::{Key, SettingError, origin, together};
use crate::units::{DataSize, Decimal, Rate, TimeSpan, Unit};
use crate::usage::Meter;

const REQUESTS: Key = Key { name: "requests", value: "RATE", help: "Requests [default: the workload's]" };

pub(super) const HTTP: Neighbor = Neighbor {
    name: "api-gateway-http",
    about: "API Gateway, HTTP API: requests, counted for each 512 KB",
    keys: &[REQUESTS, Key { name: "request_size", value: "SIZE", help: "Size of a request [default: the workload's payload]" }],
    follows: Follows::Requests,
    read: read_http,
};

pub(super) const REST: Neighbor = Neighbor {
    name: "api-gateway-rest",
    about: "API Gateway, REST API: requests and cache",
    keys: &[
        REQUESTS,
        Key {
            name: "cache",
            value: "SIZE",
            help: "Cache: none, 0.5GB, 1.6GB, 6.1GB, 13.5GB, 28.4GB, 58.2GB, 118GB or 237GB [default: none]",
        },
    ],
    follows: Follows::Requests,
    read: read_rest,
};

pub(super) const WEBSOCKET: Neighbor = Neighbor {
    name: "api-gateway-websocket",
    about: "API Gateway, WebSocket API: messages, counted for each 32 KB, and minutes of connection",
    keys: &[
        Key {
            name: "messages",
            value: "RATE",
            help: "Messages in both directions [default: one in for each request, one out for each response]",
        },
        Key { name: "message_size", value: "SIZE", help: "Size of a message [default: the workload's payload and response]" },
        Key { name: "connections", value: "RATE", help: "Connections opened [default: none]" },
        Key { name: "connection_time", value: "TIME", help: "How long each stays open" },
    ],
    follows: Follows::Requests,
    read: read_websocket,
};

static HTTP_REQUESTS: Meter = Meter::fixed("api_gateway.http.requests", "HTTP API requests", Unit::Request);
static REST_REQUESTS: Meter = Meter::fixed("api_gateway.rest.requests", "REST API requests", Unit::Request);
static MESSAGES: Meter = Meter::fixed("api_gateway.websocket.messages", "WebSocket messages", Unit::Message);
static CONNECTION_MINUTES: Meter =
    Meter::fixed("api_gateway.websocket.connection_minutes", "WebSocket connections", Unit::ConnectionMinute);

const HTTP_CHUNK: DataSize = DataSize::from_kilobytes(512);
const MESSAGE_CHUNK: DataSize = DataSize::from_kilobytes(32);
const SECONDS_IN_A_MINUTE: Decimal = Decimal::from_parts(60, 0, 0, false, 0);

/// The sizes that a cache can have; they are no quantities, they name a price.
const CACHES: &[(&str, Option<&str>)] = &[
    ("none", None),
    ("0.5GB", Some("0.5gb")),
    ("1.6GB", Some("1.6gb")),
    ("6.1GB", Some("6.1gb")),
    ("13.5GB", Some("13.5gb")),
    ("28.4GB", Some("28.4gb")),
    ("58.2GB", Some("58.2gb")),
    ("118GB", Some("118gb")),
    ("237GB", Some("237gb")),
];

fn read_http(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let requests = reader.sized_arrivals("requests", "request_size", HTTP_CHUNK)?;
    Ok(reader.finish(move |traffic, steps| requests.add_chunks(traffic, steps, &HTTP_REQUESTS, "requests", HTTP_CHUNK)))
}

fn read_rest(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let requests = reader.arrivals("requests")?;
    let cache = reader.choice("cache", CACHES, "a cache is charged by the hour")?;
    let cache =
        cache.map(|size| Meter::named(format!("api_gateway.rest.cache.{size}"), format!("REST API cache, {size}"), Unit::Hour));
    Ok(reader.finish(move |traffic, steps| {
        requests.add_count(traffic, steps, &REST_REQUESTS, "requests");
        if let Some(cache) = &cache {
            steps.add(cache, "cache", &[traffic.hours()]);
        }
    }))
}

fn read_websocket(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let messages = reader.sized_arrivals("messages", "message_size", MESSAGE_CHUNK)?;
    let connections = reader.section().quantity::<Rate>("connections")?;
    let open = reader.section().quantity::<TimeSpan>("connection_time")?;
    together(("connections", origin(&connections)), ("connection_time", origin(&open)))?;
    let connections = connections.zip(open).map(|(connections, open)| (connections.value, open.value));
    if connections.is_none() {
        reader.none("connections", "the minutes that connections stay open are not on the bill");
    }
    Ok(reader.finish(move |traffic, steps| {
        messages.add_chunks(traffic, steps, &MESSAGES, "messages", MESSAGE_CHUNK);
        if messages.rate.is_none() {
            for stream in traffic.streams.iter().filter(|stream| stream.response.is_some()) {
                let each = chunks(messages.size.or(stream.response), MESSAGE_CHUNK);
                steps.add(&MESSAGES, "answers", &[(stream.requests, "responses"), (each, "chunks each")]);
            }
        }
        if let Some((connections, open)) = connections {
            let minutes = (open.seconds() / SECONDS_IN_A_MINUTE, "minutes each");
            steps.add(&CONNECTION_MINUTES, "open connections", &[(connections.per_month(traffic.month), "connections"), minutes]);
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MILLION, error, notes, usage};

    #[test]
    fn an_http_request_counts_for_each_512_kb_and_a_rest_request_once() {
        let large = [("requests", "1M/month"), ("payload", "600KB")];
        assert_eq!(usage("api-gateway-http", &[], &large), ["api_gateway.http.requests 2000000"]);
        assert_eq!(usage("api-gateway-rest", &[], &large), ["api_gateway.rest.requests 1000000"]);
        assert_eq!(usage("api-gateway-http", &[], MILLION), ["api_gateway.http.requests 1000000"]);
        let said = notes("api-gateway-http", &[], MILLION).join("\n");
        assert!(said.contains("`requests` not given, 1,000,000 a month used") && said.contains("at most 512 KB"), "{said}");
    }

    #[test]
    fn a_cache_is_one_of_the_sizes_on_sale() {
        let with_cache = usage("api-gateway-rest", &[("cache", "0.5GB")], MILLION);
        assert_eq!(with_cache, ["api_gateway.rest.cache.0.5gb 730", "api_gateway.rest.requests 1000000"]);
        assert!(error("api-gateway-rest", &[("cache", "2GB")], MILLION).contains("237GB"));
    }

    #[test]
    fn messages_go_in_and_out_and_connections_are_open_for_minutes() {
        let workload = [("requests", "1M/month"), ("payload", "33KB"), ("response", "1KB")];
        let keys = [("connections", "1M/month"), ("connection_time", "10min")];
        let expected = ["api_gateway.websocket.connection_minutes 10000000", "api_gateway.websocket.messages 3000000"];
        assert_eq!(usage("api-gateway-websocket", &keys, &workload), expected);
        let stated = usage("api-gateway-websocket", &[("messages", "5/month"), ("message_size", "64KB")], &workload);
        assert_eq!(stated, ["api_gateway.websocket.messages 10"]);
        assert!(error("api-gateway-websocket", &keys[..1], MILLION).contains("needs `connection_time`"));
    }
}
