"""Results as plain data for a page that can be touched: lines of stored values, paths, contours; JSON and no more."""
