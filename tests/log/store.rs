//! A store beside a list of its values.

use std::collections::HashMap;
use std::time::Duration;

use perennial_sse::log::{MemoryStore, Store, StoreBounds, StoreError};

use super::model::now;

#[test]
fn random_lives_of_a_store_are_those_of_a_map() {
    let store = MemoryStore::new(StoreBounds { entries: usize::MAX, bytes: usize::MAX });
    let mut chance = fastrand::Rng::with_seed(5);
    let mut model: HashMap<String, (String, Option<u64>)> = HashMap::new();
    let mut at = 0;
    for _ in 0..50_000 {
        at += chance.u64(0..3);
        model.retain(|_, (_, until)| until.is_none_or(|until| until > at));
        let time = Duration::from_millis(at);
        let key = chance.u8(0..8).to_string();
        let value = chance.u8(0..4).to_string();
        let lifetime = chance.bool().then(|| chance.u64(1..20));
        let kept = lifetime.map(Duration::from_millis);
        let entry = (value.clone(), lifetime.map(|lifetime| at + lifetime));
        let known = model.get(&key).map(|(value, _)| value.clone());
        match chance.u8(0..6) {
            0 => {
                now(store.set(&key, value, kept, time)).expect("in memory");
                model.insert(key, entry);
            }
            1 => {
                let set = now(store.set_if_absent(&key, value, kept, time));
                assert_eq!(set, Ok(known.is_none()));
                model.entry(key).or_insert(entry);
            }
            2 => {
                assert_eq!(now(store.take(&key, time)), Ok(known));
                model.remove(&key);
            }
            3 => {
                let old = chance.u8(0..4).to_string();
                let replaced = now(store.replace(&key, &old, value, kept, time));
                assert_eq!(replaced, Ok(known.as_ref() == Some(&old)));
                if known == Some(old) {
                    model.insert(key, entry);
                }
            }
            4 => {
                assert_eq!(now(store.remove(&key, time)), Ok(known.is_some()));
                model.remove(&key);
            }
            _ => assert_eq!(now(store.get(&key, time)), Ok(known)),
        }
    }
}

#[test]
fn bounds_refuse_what_has_no_room_and_keep_what_is_there() {
    let bounds = StoreBounds { entries: 3, bytes: 12 };
    let store = MemoryStore::new(bounds);
    let mut chance = fastrand::Rng::with_seed(7);
    let mut model: HashMap<String, (String, u64)> = HashMap::new();
    let mut refused = [0, 0];
    for at in 0..50_000 {
        model.retain(|_, (_, until)| *until > at);
        let time = Duration::from_millis(at);
        let key = chance.u8(0..5).to_string();
        let value = "x".repeat(chance.usize(0..6));
        let lifetime = chance.u64(1..20);
        let mut after = model.clone();
        after.insert(key.clone(), (value.clone(), at + lifetime));
        let bytes: usize = after.iter().map(|(key, (value, _))| key.len() + value.len()).sum();
        let fits = [after.len() <= bounds.entries, bytes <= bounds.bytes];
        let kept = Some(Duration::from_millis(lifetime));
        let known = model.get(&key).map(|(value, _)| value.clone());
        let put = match (chance.bool(), &known) {
            (true, Some(old)) => now(store.replace(&key, old, value, kept, time)).map(drop),
            (true, None) => now(store.set_if_absent(&key, value, kept, time)).map(drop),
            (false, _) => now(store.set(&key, value, kept, time)),
        };
        if fits == [true, true] {
            assert_eq!(put, Ok(()));
            model = after;
        } else {
            assert_eq!(put, Err(StoreError::Full));
            assert_eq!(now(store.get(&key, time)), Ok(known));
            refused = [0, 1].map(|bound| refused[bound] + i32::from(!fits[bound]));
        }
    }
    assert!(refused.iter().all(|times| *times > 100), "{refused:?}");
}
