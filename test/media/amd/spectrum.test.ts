import { expect, test } from "bun:test";
import { BIN_HZ, createSpectrum } from "../../../src/media/amd/spectrum.ts";
import { silence, tone } from "../support/sounds.ts";

/** By the definition, slowly. */
function slowPower(samples: readonly number[], bin: number): number {
  let [real, imaginary] = [0, 0];
  samples.forEach((sample, index) => {
    const windowed = sample * (0.5 - 0.5 * Math.cos((2 * Math.PI * index) / samples.length));
    real += windowed * Math.cos((2 * Math.PI * bin * index) / samples.length);
    imaginary -= windowed * Math.sin((2 * Math.PI * bin * index) / samples.length);
  });
  return real * real + imaginary * imaginary;
}

test.each([
  ["a tone", tone([1_000], 40)],
  ["noise", silence(40, -20)],
])("of %s, every bin holds what the Fourier transform's definition gives", (_, frames) => {
  const spectrum = createSpectrum();
  for (const frame of frames) spectrum.keep(frame);
  const powers = spectrum.measure();
  const window = frames.flatMap((frame) => [...frame]).slice(-256);
  const total = powers.reduce((sum, power) => sum + power, 0);
  expect(powers).toHaveLength(129);
  powers.forEach((power, bin) => expect(Math.abs(power - slowPower(window, bin)) / total).toBeLessThan(1e-9));
});

test("a tone's power is in its bin", () => {
  const spectrum = createSpectrum();
  for (const frame of tone([40 * BIN_HZ], 40)) spectrum.keep(frame);
  const powers = spectrum.measure();
  expect(powers.indexOf(Math.max(...powers))).toBe(40);
});
