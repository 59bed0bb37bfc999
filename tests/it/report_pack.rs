//! `report`: the pack of the shop stands in `reports/ecommerce`, is what the command writes today, and the same each time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn report(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_millicent"))
        .args(["report", "-o", folder.to_str().unwrap()])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

fn pack() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("reports/ecommerce")
}

/// `MILLICENT_UPDATE=1` writes it anew.
#[test]
fn the_pack_of_the_shop_is_what_the_command_writes() {
    let folder = tempfile::tempdir().unwrap();
    let update = std::env::var_os("MILLICENT_UPDATE").is_some();
    let target = if update { pack() } else { folder.path().to_path_buf() };
    let output = report(&["examples/ecommerce.toml"], &target);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let mut names: Vec<String> =
        fs::read_dir(pack()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names.len(), 11, "{names:?}");
    for name in names {
        let (written, kept) = (fs::read(target.join(&name)).unwrap(), fs::read(pack().join(&name)).unwrap());
        // A picture is rendered with floats, whose last bits a machine may choose.
        let is_same = written == kept || name.ends_with(".png");
        assert!(
            is_same,
            "reports/ecommerce/{name} is out of date: millicent report examples/ecommerce.toml -o reports/ecommerce"
        );
    }
    let page = fs::metadata(pack().join("report.html")).unwrap().len();
    assert!(page <= 1_000_000, "report.html has {page} bytes");
}

#[test]
fn a_tuning_run_and_flags_are_part_of_the_pack() {
    let folder = tempfile::tempdir().unwrap();
    let flags =
        ["--requests", "3M/month", "--profile", "examples/tuned-function.json", "--platform", "lambda", "--platform", "ec2"];
    let output = report(&[&flags[..], &["--tune", "examples/tuned-function.json"]].concat(), folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let page = fs::read_to_string(folder.path().join("report.md")).unwrap();
    for part in ["## Where the answer flips", "## Bills", "(tuning.svg)", "3.2x faster"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // Without a scenario file there is nothing that sliders could move.
    assert!(!folder.path().join("report.html").exists());
    assert!(String::from_utf8_lossy(&output.stderr).contains("report.html is written for a scenario file"));
}

#[test]
fn what_cannot_be_written_or_read_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let no_run = report(&["examples/ecommerce.toml", "--tune", "examples/ecommerce.toml"], folder.path());
    assert_eq!(no_run.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&no_run.stderr).contains("is not what `millicent tune FUNCTION --export-json FILE` writes"));
    let above = report(&["examples/order-pipeline.toml", "--budget", "5/month"], folder.path());
    assert_eq!(above.status.code(), Some(3));
    let no_folder = report(&["examples/order-pipeline.toml"], &folder.path().join("report.md/inside"));
    assert_eq!(no_folder.status.code(), Some(1));
}
