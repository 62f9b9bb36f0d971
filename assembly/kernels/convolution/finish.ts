// What comes behind the sums of a convolution.

import { applyEpilogue as applyEpilogueOfMain } from '../../main';
import { ConvolutionOperands } from '../../operands';
import { applyEpilogue } from '../epilogue';
import { floats } from '../gemm/lanes';

/** Bias and activation of `count` rows of results from row `top` on, which are `down` apart. */
export function finish(
  it: ConvolutionOperands,
  top: i32,
  count: i32,
  down: i32,
  line: usize,
  filters: i32,
  turned: bool,
): void {
  if (!it.bias && !it.epilogue) return;
  const width = turned ? it.w : it.ow;
  const lines = down === 1 ? count : 1;
  for (let t = 0; t < count; t += lines) {
    const at = <usize>(top + t * down) * line;
    const y = it.y ? it.y + at : 0;
    if (COMPLETE)
      applyEpilogue(it.out + at, floats(filters), lines * width, filters, it.bias, it.epilogue, y, <f32>it.slope);
    else
      applyEpilogueOfMain(it.out + at, floats(filters), lines * width, filters, it.bias, it.epilogue, y, <f32>it.slope);
  }
}
