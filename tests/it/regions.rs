//! Every region of every provider: each platform is priced there, or refused by the name of the row that is missing. No
//! platform ever takes another region's price.

use millicent::platform::{self, Platform};
use millicent::price_book::regions_of;
use millicent::scenario::ScenarioError;

use super::support::estimate;

fn scenario(platform: &Platform, region: &str) -> String {
    // A provider without regions has one name for everywhere, which nobody states.
    let stated = if region == "any" { String::new() } else { format!("region = {region:?}\n") };
    format!(
        "{stated}[workload]\nrequests = \"1M/month\"\nduration = \"1s\"\nmemory = \"128MB\"\n[[option]]\nplatform = {:?}\n",
        platform.name
    )
}

#[test]
fn every_platform_in_every_region_is_priced_there_or_refused_by_name() {
    let mut priced = 0;
    for platform in platform::ALL {
        let mut anywhere = false;
        for region in regions_of(platform.provider) {
            match estimate(&scenario(platform, region)) {
                Ok(estimate) => {
                    let bill = &estimate.options[0].bill;
                    assert!(bill.lines.iter().all(|line| line.region.code() == region), "{} in {region}", platform.name);
                    let rows = bill.lines.iter().map(|line| &*line.row.1);
                    assert!(
                        rows.clone().all(|row| row == region || row == "any"),
                        "{} in {region}: {:?}",
                        platform.name,
                        rows.collect::<Vec<_>>()
                    );
                    anywhere = true;
                    priced += 1;
                }
                Err(ScenarioError::Bill { problem, .. }) => {
                    assert!(problem.to_string().contains(&format!(" in {region} ")), "{} in {region}: {problem}", platform.name);
                }
                Err(other) => panic!("{} in {region}: {other}", platform.name),
            }
        }
        assert!(anywhere, "{} has a price in no region", platform.name);
    }
    assert!(priced > 200, "{priced}");
}

#[test]
fn a_region_of_another_provider_is_refused() {
    for platform in platform::ALL.iter().filter(|platform| platform.provider.default_region() != "any") {
        let foreign = if platform.provider.id() == "aws" { "europe-west1" } else { "us-east-1" };
        let error = estimate(&scenario(platform, foreign)).unwrap_err().to_string();
        assert!(error.contains(&format!("{foreign:?} is no region of {}", platform.provider)), "{}: {error}", platform.name);
    }
}
