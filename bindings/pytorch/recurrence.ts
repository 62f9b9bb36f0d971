// The instruction for all steps of a recurrent layer, as a function of Python: for layers with a mask, a state to start
// from, or one to be returned, which are no module of PyTorch (sequences.ts).

export const RECURRENCE = `def recurrence(z, kernel, state, bias, mask, gates, reverse):
    """All steps of a recurrent cell: the state given and those after each step, [n, steps + 1, width], in the order of time."""
    states, units = [state], kernel.shape[0]
    steps = range(z.shape[1])
    for t in reversed(steps) if reverse else steps:
        before = states[-1]
        h = before[:, :units]
        x, product = z[:, t], h @ kernel
        if gates == 4:
            i, f, g, o = (x + product).chunk(4, 1)
            c = f.sigmoid() * before[:, units:] + i.sigmoid() * g.tanh()
            after = torch.cat([o.sigmoid() * c.tanh(), c], 1)
        elif gates == 3:
            (xr, xu, xn), (r, u, n) = x.chunk(3, 1), product.chunk(3, 1)
            n = (xn + (xr + r).sigmoid() * (n + bias)).tanh()
            after = n + (xu + u).sigmoid() * (h - n)
        else:
            after = (x + product).tanh()
        if mask is not None:
            after = torch.where(mask[:, t, None] != 0, after, before)
        states.append(after)
    return torch.stack(states[::-1] if reverse else states, 1)
`;
