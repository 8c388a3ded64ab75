//! Age bands, guardians, and what minors cannot do anywhere.

mod age;
mod free_text;
mod guardian;
mod review;
