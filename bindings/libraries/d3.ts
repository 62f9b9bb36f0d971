// What is used of the pure modules of D3: scales, lines, contours. Such a file imports nothing else. They are a part of
// wasmgrad/plot.

export { contours } from 'd3-contour';
export { type ScaleContinuousNumeric, scaleLinear, scaleLog } from 'd3-scale';
export { area, line } from 'd3-shape';
