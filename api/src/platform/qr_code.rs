//! A text as a QR code: PNG, black on white.

use std::io::Cursor;

use image::{GrayImage, ImageFormat, Luma};
use qrcode::{Color, QrCode};

use super::http::{AppError, AppResult};

/// Pixels of a module, and the quiet zone around a symbol in modules (ISO/IEC 18004, 9.1).
const MODULE: u32 = 8;
const QUIET: u32 = 4;

/// # Errors
/// The text is too long for a symbol.
pub fn png(text: &str) -> AppResult<Vec<u8>> {
    let symbol = QrCode::new(text).map_err(AppError::internal)?;
    let width = u32::try_from(symbol.width()).map_err(AppError::internal)?;
    let modules = symbol.into_colors();
    let is_dark = |x: u32, y: u32| {
        let at = |pixel: u32| (pixel / MODULE).checked_sub(QUIET).filter(|module| *module < width);
        let (Some(x), Some(y)) = (at(x), at(y)) else { return false };
        let index = usize::try_from(y * width + x).ok();
        index.and_then(|index| modules.get(index)) == Some(&Color::Dark)
    };
    let side = (width + 2 * QUIET) * MODULE;
    let pixel = |x, y| Luma([if is_dark(x, y) { 0 } else { u8::MAX }]);
    let mut png = Cursor::new(Vec::new());
    GrayImage::from_fn(side, side, pixel)
        .write_to(&mut png, ImageFormat::Png)
        .map_err(AppError::internal)?;
    Ok(png.into_inner())
}
