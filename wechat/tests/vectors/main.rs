//! Every published or generated vector of `vectors.json` (protocol 5). V8 does not exist.

mod api;
mod messages;
mod session;

use std::error::Error;

use serde_json::Value;
use wechat::push::EncodingAesKey;

type Failure = Box<dyn Error + Send + Sync>;
type TestResult = Result<(), Failure>;

/// One vector, or the group `generated`.
struct Vector(Value);

impl Vector {
    fn load(name: &str) -> Result<Self, Failure> {
        let all: Value = serde_json::from_str(include_str!("vectors.json"))?;
        Ok(Self(all.get(name).ok_or("no such vector")?.clone()))
    }

    /// A generated vector, with the parameters they share.
    fn generated(name: &str) -> Result<Self, Failure> {
        let group = Self::load("generated")?.0;
        let mut members = group.get("params").and_then(Value::as_object).ok_or("params")?.clone();
        let own = group.get(name).and_then(Value::as_object).ok_or("no such vector")?;
        members.extend(own.clone());
        Ok(Self(Value::Object(members)))
    }

    fn text(&self, field: &str) -> Result<&str, Failure> {
        let value = self.0.get(field).and_then(Value::as_str);
        Ok(value.ok_or_else(|| format!("field {field}"))?)
    }

    fn number(&self, field: &str) -> Result<i64, Failure> {
        let value = self.0.get(field).and_then(Value::as_i64);
        Ok(value.ok_or_else(|| format!("field {field}"))?)
    }

    fn key(&self) -> Result<EncodingAesKey, Failure> {
        Ok(EncodingAesKey::parse(self.text("encoding_aes_key")?)?)
    }

    /// The 16 random bytes, which the vectors write as ASCII.
    fn random(&self) -> Result<[u8; 16], Failure> {
        Ok(self.text("random")?.as_bytes().try_into()?)
    }

    /// The receiver's id: an appid, or a corpid in the WeCom vectors.
    fn receiver(&self) -> Result<&str, Failure> {
        self.text("appid").or_else(|_| self.text("receive_id"))
    }
}
