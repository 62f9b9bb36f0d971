// Layers that change images at random.

export {
  cutout,
  randomBrightness,
  randomContrast,
  randomCrop,
  randomFlip,
  randomRotation,
  randomTranslation,
} from '../../layers/augmentation.js';
