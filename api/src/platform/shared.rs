//! What a feature keeps for as long as the process lives, one value of each type. `platform` need not
//! know the type.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

type Value = Arc<dyn Any + Send + Sync>;

#[derive(Default)]
pub struct Shared(RwLock<HashMap<TypeId, Value>>);

impl Shared {
    /// The value of this type, made when it is first asked for.
    #[must_use]
    pub fn get<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        let of_type = TypeId::of::<T>();
        let found = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&of_type).cloned();
        let value = found.unwrap_or_else(|| {
            let mut values = self.0.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(values.entry(of_type).or_insert_with(|| Arc::<T>::default()))
        });
        value.downcast().unwrap_or_else(|_| unreachable!("values stand under their own types"))
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn there_is_one_value_of_each_type() {
        let shared = Shared::default();
        *shared.get::<Mutex<u8>>().lock().unwrap() = 7;
        assert_eq!(*shared.get::<Mutex<u8>>().lock().unwrap(), 7);
        assert_eq!(*shared.get::<Mutex<u16>>().lock().unwrap(), 0);
    }
}
