// Layers for images and other data with neighbours.

export { conv1d, conv1dTranspose, conv2d, conv2dTranspose } from '../../layers/convolution.js';
export { depthwiseConv2d, separableConv2d } from '../../layers/depthwise.js';
export { gaussianNoise, spatialDropout1d, spatialDropout2d } from '../../layers/dropout.js';
export { globalAvgPool1d, globalAvgPool2d, globalMaxPool1d, globalMaxPool2d } from '../../layers/globalpooling.js';
export { cropping1d, cropping2d, zeroPadding1d, zeroPadding2d } from '../../layers/padding.js';
export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  avgPool1d,
  avgPool2d,
  maxPool1d,
  maxPool2d,
} from '../../layers/pooling.js';
export { recompute } from '../../layers/recompute.js';
export { depthToSpace, spaceToDepth, upSampling2d } from '../../layers/resizing.js';
export { permute, repeatVector, reshape } from '../../layers/shaping.js';
