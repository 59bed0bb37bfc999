//! Tidiness: rooms use lower floors only, one line per room, and what is promised to be absent is absent.

use std::fs;
use std::path::{Path, PathBuf};

/// The floors of `src/lib.rs`, from the ground up.
const FLOORS: &[(&str, u32)] = &[
    ("units", 0),
    ("usage", 1),
    ("stats", 1),
    ("queueing", 1),
    ("autoscaling", 1),
    ("note", 1),
    ("lambda_log", 1),
    ("trace", 2),
    ("settings", 2),
    ("fit", 2),
    ("power_tuning", 3),
    ("profile", 3),
    ("machine", 3),
    ("price_book", 3),
    ("workload", 4),
    ("capacity", 5),
    ("replay", 5),
    ("cold_start", 5),
    ("traffic", 5),
    ("bill", 5),
    ("platform", 6),
    ("neighbor", 6),
    ("scenario", 7),
    ("tune", 7),
    ("simulate", 8),
    ("compare", 8),
    ("chart", 8),
    ("aws", 8),
    ("break_even", 9),
    ("what_if", 10),
    ("uncertainty", 10),
    ("provisioning", 10),
    ("sizing", 11),
    ("report", 12),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The room a source file belongs to: its first path segment under `src`.
fn room_of(file: &Path) -> String {
    let inside = file.strip_prefix(root().join("src")).unwrap();
    inside.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

fn floor_of(room: &str) -> Option<u32> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

#[test]
fn rooms_use_lower_floors_only() {
    let mut offences = Vec::new();
    for file in files_below(&root().join("src"), ".rs") {
        let room = room_of(&file);
        // `lib` is the map; `main` and `cli` are the command, which can only use the public library.
        if ["lib", "main", "cli"].contains(&room.as_str()) {
            continue;
        }
        let own = floor_of(&room).unwrap_or_else(|| panic!("room {room} has no floor: add it to this table and to src/lib.rs"));
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            // A comment may point to any room; the compiler checks such links.
            if line.trim_start().starts_with("//") {
                continue;
            }
            let place = format!("{}:{}", file.display(), number + 1);
            if line.contains("use crate::{") {
                offences.push(format!("{place}: one `use crate::room` line for each room"));
            }
            for used in line.split("crate::").skip(1) {
                let used: String = used.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
                if used != room && floor_of(&used).is_some_and(|floor| floor >= own) {
                    offences.push(format!("{place}: {room} (floor {own}) uses {used}"));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn the_map_lists_every_room() {
    let map = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for (room, floor) in FLOORS {
        assert!(map.contains(&format!("| {floor} | [`{room}`]")), "src/lib.rs: `{room}` on floor {floor}");
        assert!(map.contains(&format!("pub mod {room};")), "src/lib.rs: pub mod {room}");
    }
}

#[test]
fn no_file_is_too_long_to_read() {
    for file in files_below(&root().join("src"), ".rs") {
        let text = fs::read_to_string(&file).unwrap();
        let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
        assert!(lines <= 450, "{} has {lines} lines before its tests: is it one room or two?", file.display());
    }
}

#[test]
fn the_tables_of_the_readme_are_what_the_program_knows() {
    let platforms = millicent::platform::ALL
        .iter()
        .map(|platform| format!("| `{}` | {} | {} |\n", platform.name, platform.provider, platform.about));
    let platforms: String = platforms.collect();
    replace_or_compare("platforms", &format!("| platform | provider | what it is |\n|---|---|---|\n{platforms}"));
    let neighbors = millicent::neighbor::ALL.iter();
    let neighbors: String = neighbors.map(|neighbor| format!("| `{}` | {} |\n", neighbor.name, neighbor.about)).collect();
    replace_or_compare("neighbors", &format!("| service | what it is |\n|---|---|\n{neighbors}"));
}

/// The text between `<!-- NAME -->` and `<!-- /NAME -->` is generated; `MILLICENT_UPDATE=1` writes it.
fn replace_or_compare(name: &str, expected: &str) {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = readme.split_once(&start).unwrap_or_else(|| panic!("README.md has no {start}"));
    let (written, after) = rest.split_once(&end).unwrap_or_else(|| panic!("README.md has no {end}"));
    if std::env::var_os("MILLICENT_UPDATE").is_some() {
        fs::write(root().join("README.md"), format!("{before}{start}{expected}{end}{after}")).unwrap();
    } else {
        assert_eq!(written, expected, "README.md: MILLICENT_UPDATE=1 cargo test rewrites the table of {name}");
    }
}
