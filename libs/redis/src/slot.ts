import { hashTagOf } from './key-space.ts';

/** Slots of a Redis Cluster. */
export const SLOTS = 16_384;

/** CRC-16/XMODEM, the hash that the cluster specification names. */
const table = Uint16Array.from({ length: 256 }, (_none, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/** The slot of a key: that of its hash tag where it has one. */
export function slotOf(key: string): number {
  let crc = 0;
  for (const byte of Buffer.from(hashTagOf(key) ?? key)) crc = ((crc << 8) & 0xff00) ^ (table[(crc >> 8) ^ byte] ?? 0);
  return crc % SLOTS;
}
