//! Laws of the mocks: what must hold in every landscape, at every time, for every request.
//!
//! Landscapes are made by strategies (`plan`), assertions by the harness's forge, and each law is tried on hundreds of cases (`law`). A
//! law counts how often its premise held: one that is never put to the test proves nothing, so it fails.

mod assertion;
mod law;
mod plan;
mod request;
mod scope;
mod state;
mod token;
