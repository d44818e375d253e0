import { onTestFinished } from 'vitest';
import {
  type Simulator,
  type SimulatorSettings,
  startSimulator,
} from '../../simulator/start-simulator.ts';

/** A simulated cloud that ends with its test. */
export async function cloud(settings: SimulatorSettings): Promise<Simulator> {
  const simulator = await startSimulator(settings);
  onTestFinished(() => simulator.close());
  return simulator;
}
