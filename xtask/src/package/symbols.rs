//! Which glibc a binary needs. It is refused where the platform may have an older one.

use std::{fmt, fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use object::{Endianness, elf::FileHeader64, read::elf::ElfFile};

/// A version of glibc.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Glibc(pub(super) u32, pub(super) u32);

/// The oldest that the hosts of the Functions runtime version 4 had: Debian 11. The images in use are not published.
pub(super) const OLDEST: Glibc = Glibc(2, 31);

impl fmt::Display for Glibc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "glibc {}.{}", self.0, self.1)
    }
}

/// The newest version that a symbol of the binary asks for; none of a static one.
pub(super) fn newest_glibc(binary: &Path) -> Result<Option<Glibc>> {
    let data = fs::read(binary).with_context(|| format!("cannot read {}", binary.display()))?;
    let data = data.as_slice();
    let elf: ElfFile<'_, FileHeader64<Endianness>> = ElfFile::parse(data)?;
    let (endian, sections) = (elf.endian(), elf.elf_section_table());
    let Some((mut libraries, link)) = sections.gnu_verneed(endian, data)? else {
        return Ok(None);
    };
    let strings = sections.strings(endian, data, link)?;
    let mut newest = None;
    while let Some((_, mut versions)) = libraries.next()? {
        while let Some(version) = versions.next()? {
            let name = version.name(endian, strings)?;
            newest = newest.max(glibc(&String::from_utf8_lossy(name)));
        }
    }
    Ok(newest)
}

/// `GLIBC_2.31`. Others, such as `GCC_3.0`, are not glibc's.
fn glibc(version: &str) -> Option<Glibc> {
    let mut parts = version.strip_prefix("GLIBC_")?.split('.');
    let mut part = || parts.next()?.parse().ok();
    Some(Glibc(part()?, part()?))
}

pub(super) fn check(app: &str, needed: Option<Glibc>) -> Result<()> {
    if let Some(needed) = needed {
        ensure!(
            needed <= OLDEST,
            "{app} needs {needed}, and the platform may have {OLDEST}"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_and_only_those_of_glibc() {
        assert_eq!(glibc("GLIBC_2.9"), Some(Glibc(2, 9)));
        assert_eq!(glibc("GLIBC_2.2.5"), Some(Glibc(2, 2)));
        assert_eq!(glibc("GLIBC_PRIVATE"), None);
        assert_eq!(glibc("GCC_3.0"), None);
        assert!(check("orders", Some(Glibc(2, 9))).is_ok());
        assert!(check("orders", Some(OLDEST)).is_ok());
        let error = check("orders", Some(Glibc(2, 34))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "orders needs glibc 2.34, and the platform may have glibc 2.31"
        );
    }

    #[test]
    fn a_binary_of_this_machine_says_what_it_needs() {
        let own = std::env::current_exe().unwrap();
        let needed = newest_glibc(&own).unwrap().unwrap();
        assert!(needed >= Glibc(2, 17), "{needed}");
    }
}
