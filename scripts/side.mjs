// What a side module must not have. Its data would lie where the main module's lies, and would be written again by
// every instance; a table in its code (constants, a switch) is the way out. Its elements would lie over other entries
// of the table.

const FORBIDDEN = {
  9: 'elements of a table: function values',
  11: 'static data: memory.data, StaticArray or a string',
};

/** The numbers of the sections of a wasm module. */
export function sectionsOf(bytes) {
  const sections = [];
  for (let at = 8; at < bytes.length; ) {
    sections.push(bytes[at++]);
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      size |= (bytes[at] & 127) << shift;
      more = bytes[at++] > 127;
    }
    at += size;
  }
  return sections;
}

/** Throws if the side module of that name has what it must not have. */
export function checkSide(name, bytes) {
  const section = sectionsOf(bytes).find((section) => section in FORBIDDEN);
  if (section) throw new Error(`the side module '${name}' must have no ${FORBIDDEN[section]} (section ${section})`);
}
