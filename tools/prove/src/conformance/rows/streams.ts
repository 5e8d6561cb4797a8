import { createHash } from 'node:crypto';
import { type BytesReceipt, patternBlocks, streamEvent } from '@nestfleet/contracts';
import type { Row } from '../row.ts';
import { download, readEvents, upload } from '../streams.ts';

const EVENTS = 60;
const INTERVAL_MS = 50;

export const longAnswers: Row = {
  name: 'long-answers',
  shows: `${EVENTS} events arrive one by one, as they are sent`,
  run: async (check, subject) => {
    await subject.needDiagnostics();
    const { edge } = subject;
    const path = `/api/diagnostics/stream?events=${EVENTS}&interval_ms=${INTERVAL_MS}`;
    const { status, type, events } = await readEvents(edge, path);
    check.equal('status', status, 200);
    check.holds('media type', type.startsWith('text/event-stream'), type);
    const sent = events.map(({ data }) => streamEvent.parse(JSON.parse(data)));
    check.equal(
      'events in order',
      sent.map(({ index }) => index),
      Array.from({ length: EVENTS }, (_, index) => index),
    );
    const first = events[0]?.atMs ?? Infinity;
    check.holds('the first arrived before the last was sent', first < (sent.at(-1)?.sent_at_ms ?? 0));
    // Together with their neighbours only where the machine itself was late: the clock is one and the same here.
    const moments = new Set(events.map(({ atMs }) => Math.floor(atMs / (INTERVAL_MS / 2)))).size;
    check.atLeast('different moments of arrival', moments, EVENTS / 2);
    const worst = Math.max(...events.map(({ atMs }, at) => atMs - (sent[at]?.sent_at_ms ?? 0)));
    check.atMost('longest way of an event, ms', worst, 1_000);
    check.note(`longest way of an event ${Math.round(worst)} ms`);
  },
};

const SIZE = 100 * 1024 * 1024;
const RESTS = 10;
const REST_MS = 300;
const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`;
const expectedSha = (): string => {
  const hash = createHash('sha256');
  for (const block of patternBlocks(SIZE)) hash.update(block);
  return hash.digest('hex');
};

export const largeBodies: Row = {
  name: 'large-bodies',
  shows: '100 MB down and up, whole and not held back; a refusal comes before the body ends',
  run: async (check, subject) => {
    await subject.needDiagnostics();
    const { edge } = subject;
    const sha256 = expectedSha();
    const down = await download(edge, `/api/diagnostics/bytes?size=${SIZE}`);
    check.equal('download', [down.status, down.bytes, down.sha256], [200, SIZE, sha256]);
    check.atMost('first byte of the download, ms', Math.round(down.firstByteMs), Math.max(500, down.tookMs / 2));

    const sending = { size: SIZE, rests: RESTS, restMs: REST_MS };
    const up = await upload(edge, '/api/diagnostics/bytes', {
      ...sending,
      method: 'POST',
      contentType: 'application/octet-stream',
    });
    check.equal('status of the upload', up.status, 200);
    if (up.status === 200) {
      const receipt = JSON.parse(up.text) as BytesReceipt;
      check.equal('upload as it arrived', [receipt.bytes, receipt.sha256], [SIZE, sha256]);
      // An edge proxy that collects the body first sends it on in one go, without the sender's rests.
      check.atLeast('its way into the replica, ms', receipt.took_ms, Math.round(up.sendingMs * 0.8));
      check.note(`sent in ${Math.round(up.sendingMs)} ms, arrived in ${receipt.took_ms} ms`);
    }

    const refused = await upload(edge, '/api/values/too-large', {
      ...sending,
      method: 'PUT',
      contentType: 'application/json',
    });
    check.equal('a body above the limit', refused.status, 413);
    check.atMost('bytes sent when the refusal came', refused.sentBytes, SIZE / 4);
    check.note(
      `down ${megabytes(SIZE / (down.tookMs / 1_000))}/s; refused after ${megabytes(refused.sentBytes)} of ${megabytes(SIZE)}`,
    );
  },
};
