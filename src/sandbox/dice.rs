//! Chance that always falls the same way, so that every sandbox holds the same parcels.

/// A number below `sides` that depends on nothing but the text and the purpose of the throw.
pub fn roll(text: &str, purpose: &str, sides: u64) -> u64 {
    hash(text, purpose) % sides.max(1)
}

/// One of the choices.
pub fn pick<'a, T>(text: &str, purpose: &str, choices: &'a [T]) -> &'a T {
    &choices[roll(text, purpose, choices.len() as u64) as usize]
}

/// 32 hexadecimal digits, as the service's ids have.
pub fn id(text: &str) -> String {
    format!("{:016x}{:016x}", hash(text, "id"), hash(text, "id, too"))
}

/// FNV-1a, stirred once more because its low bits alone are not even.
fn hash(text: &str, purpose: &str) -> u64 {
    let bytes = text.bytes().chain([0]).chain(purpose.bytes());
    let sum = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    let stirred = (sum ^ (sum >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    stirred ^ (stirred >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_throw_falls_the_same_way() {
        assert_eq!(
            roll("LS912989618CN", "title", 6),
            roll("LS912989618CN", "title", 6)
        );
        assert_eq!(id("a").len(), 32);
        assert_ne!(id("a"), id("b"));
    }

    #[test]
    fn every_side_comes_up() {
        let sides: std::collections::HashSet<u64> =
            (0..200).map(|n| roll(&n.to_string(), "", 6)).collect();
        assert_eq!(sides.len(), 6);
    }
}
