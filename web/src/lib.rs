//! The model as WebAssembly: bytes in, JSON out.
//!
//! The page writes a request into the buffer that [`reserve`] gives it, calls [`load`], [`compare`], [`curves`] or [`regions`],
//! and reads the answer at [`answer`]. A call returns the length of its answer, negative when the answer is the text of an error.
//!
//! There is no logic here: [`WhatIf`] computes, `report` writes. No price is compiled in; they come with the scenario.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use millicent::price_book::Excerpt;
use millicent::report;
use millicent::scenario::read_toml;
use millicent::what_if::{Change, Overlay, WhatIf};
use serde::Deserialize;

/// What the page sends, what it gets, and the scenario between calls.
static PAGE: Mutex<Page> = Mutex::new(Page { request: Vec::new(), answer: Vec::new(), what_if: None });

struct Page {
    request: Vec<u8>,
    answer: Vec<u8>,
    what_if: Option<WhatIf>,
}

/// The scenario as the page carries it.
#[derive(Deserialize)]
struct Load {
    name: String,
    scenario: String,
    #[serde(default)]
    overlay: Overlay,
    files: BTreeMap<String, String>,
    prices: Excerpt,
}

/// Along the requests of one workload, or of all.
#[derive(Deserialize)]
struct Along {
    changes: Vec<Change>,
    workload: Option<usize>,
}

/// Makes room for a request of `length` bytes and says where.
#[expect(unsafe_code, reason = "an exported name is how a page calls WebAssembly")]
#[unsafe(no_mangle)]
pub extern "C" fn reserve(length: usize) -> *mut u8 {
    let mut page = page();
    page.request = vec![0; length];
    page.request.as_mut_ptr()
}

/// Where the last answer is.
#[expect(unsafe_code, reason = "an exported name is how a page calls WebAssembly")]
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> *const u8 {
    page().answer.as_ptr()
}

/// Takes the scenario and its prices; answers with nothing.
#[expect(unsafe_code, reason = "an exported name is how a page calls WebAssembly")]
#[unsafe(no_mangle)]
pub extern "C" fn load() -> isize {
    respond(|page| {
        let Load { name, scenario, overlay, files, prices } = request(page)?;
        let file = read_toml(&name, &scenario).map_err(|error| error.to_string())?;
        page.what_if = Some(WhatIf::of_excerpt(file, overlay, files, prices).map_err(|error| error.to_string())?);
        Ok(Vec::new())
    })
}

/// Takes changes; answers with the JSON of `millicent compare`.
#[expect(unsafe_code, reason = "an exported name is how a page calls WebAssembly")]
#[unsafe(no_mangle)]
pub extern "C" fn compare() -> isize {
    respond(|page| {
        let changes: Vec<Change> = request(page)?;
        let comparison = loaded(page)?.compare(&changes).map_err(|error| error.to_string())?;
        let mut json = Vec::new();
        report::write_comparison_json(&comparison, false, &mut json).map_err(|error| error.to_string())?;
        Ok(json)
    })
}

/// Takes changes and a workload, or none for all; answers with the costs along the requests.
#[expect(unsafe_code, reason = "an exported name is how a page calls WebAssembly")]
#[unsafe(no_mangle)]
pub extern "C" fn curves() -> isize {
    respond(|page| {
        let Along { changes, workload } = request(page)?;
        let curves = loaded(page)?.curves(&changes, workload).map_err(|error| error.to_string())?;
        let mut json = Vec::new();
        report::write_curves_json(&curves, &mut json).map_err(|error| error.to_string())?;
        Ok(json)
    })
}

/// Takes changes and a workload, or none for all; answers with who is the cheapest where.
#[expect(unsafe_code, reason = "an exported name is how a page calls WebAssembly")]
#[unsafe(no_mangle)]
pub extern "C" fn regions() -> isize {
    respond(|page| {
        let Along { changes, workload } = request(page)?;
        let regions = loaded(page)?.regions(&changes, workload);
        let mut json = Vec::new();
        report::write_regions_json(&regions, &mut json).map_err(|error| error.to_string())?;
        Ok(json)
    })
}

fn page() -> MutexGuard<'static, Page> {
    PAGE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn request<T: for<'r> Deserialize<'r>>(page: &Page) -> Result<T, String> {
    serde_json::from_slice(&page.request).map_err(|error| error.to_string())
}

fn loaded(page: &Page) -> Result<&WhatIf, String> {
    page.what_if.as_ref().ok_or_else(|| "no scenario is loaded (call `load` first)".to_owned())
}

fn respond(work: impl FnOnce(&mut Page) -> Result<Vec<u8>, String>) -> isize {
    let mut page = page();
    let (answer, sign) = match work(&mut page) {
        Ok(answer) => (answer, 1),
        Err(problem) => (problem.into_bytes(), -1),
    };
    page.answer = answer;
    // An answer fits into the memory that it stands in.
    isize::try_from(page.answer.len()).unwrap_or(0) * sign
}
