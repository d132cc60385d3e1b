//! Numbers that look random and are always the same.
#![allow(dead_code, reason = "each test program uses a part of it")]

/// Where a row of numbers stands (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    /// From 0 to one less than that.
    pub fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }

    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// So many bytes.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.below(256) as u8).collect()
    }

    /// Flips, cuts, doubles, splices, or puts a word in. The pool is not empty, nor are the words.
    pub fn change(&mut self, text: &mut Vec<u8>, pool: &[Vec<u8>], words: &[Vec<u8>]) {
        let at = self.below(text.len() + 1);
        let end = (at + self.below(64)).min(text.len());
        match self.below(7) {
            0 if at < text.len() => text[at] ^= 1 << self.below(8),
            1 => _ = text.drain(at..end),
            2 => {
                let part = text[at..end].repeat(1 + self.below(40));
                text.splice(at..at, part);
            }
            3 => {
                let other = self.one_of(pool);
                let from = self.below(other.len() + 1);
                let to = (from + self.below(256)).min(other.len());
                text.splice(at..end, other[from..to].iter().copied());
            }
            4 => text.insert(at, self.below(256) as u8),
            _ => {
                let word = self.one_of(words).clone();
                let place = if self.below(2) == 0 { at..at } else { at..end };
                text.splice(place, word);
            }
        }
    }
}
