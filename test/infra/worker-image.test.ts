import { appendFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Duration } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { expect, test } from 'vitest'
import { bundleWorker } from '../../infra/bundle-worker.ts'
import { Task } from '../../infra/task.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { emptyStack } from './bridge.ts'

/** The first of them starts esbuild and loads CDK: seconds, and more on a machine that is busy with other tests. */
const LIMIT = { timeout: 120_000 }

/** A worker of two modules, in a folder of its own. */
async function aWorker(): Promise<string> {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'main.ts'), "import { answer } from './part.ts'\nconsole.log(answer)\n")
  await writeFile(join(folder, 'part.ts'), 'export const answer: number = 1\n')
  await writeFile(join(folder, 'health-check.ts'), 'process.exit(0)\n')
  await writeFile(join(folder, 'Dockerfile'), 'FROM node:24-slim\nCOPY *.mjs ./\n')
  return folder
}

/** The image that the task of this worker names, as CloudFormation compares it with the one that runs. */
async function imageOf(worker: string, outDir: string, imagesAsOf = ''): Promise<unknown> {
  bundleWorker(outDir, worker)
  const stack = emptyStack()
  new Task(stack, 'Task', {
    name: 'worker',
    cpu: 256,
    memoryMiB: 512,
    imageFolder: outDir,
    imagesAsOf,
    user: '65532:65532',
    command: ['node', 'worker.mjs'],
    environment: {},
    healthCheck: {
      command: ['node', 'health-check.mjs'],
      interval: Duration.seconds(10),
      timeout: Duration.seconds(5),
      startPeriod: Duration.seconds(30),
    },
    stopTimeout: Duration.seconds(30),
  })
  const [task] = Object.values(Template.fromStack(stack).findResources('AWS::ECS::TaskDefinition'))
  const image: unknown = task?.['Properties'].ContainerDefinitions[0].Image
  expect(JSON.stringify(image)).toMatch(/:[0-9a-f]{64}"/)
  return image
}

test.each([
  ['main.ts', 'console.log(2)\n'],
  ['part.ts', '// Not in the bundle, but in its source map.\n'],
  ['health-check.ts', 'process.exit(1)\n'],
  ['Dockerfile', 'USER node\n'],
])('[IM1] a change of %s is another image, and none is the same', LIMIT, async (file, more) => {
  const [worker, outDir] = [await aWorker(), await temporaryFolder()]
  const before = await imageOf(worker, outDir)
  expect(await imageOf(worker, outDir)).toEqual(before)
  await appendFile(join(worker, file), more)
  expect(await imageOf(worker, outDir)).not.toEqual(before)
})

test(
  '[IM3] a later date is another image of the same files, with what the base image is by then',
  LIMIT,
  async () => {
    const [worker, outDir] = [await aWorker(), await temporaryFolder()]
    const [before, later] = [
      await imageOf(worker, outDir, '2026-11-22'),
      await imageOf(worker, outDir, '2026-12-22'),
    ]
    expect(later).not.toEqual(before)
    expect(await imageOf(worker, outDir, '2026-11-22')).toEqual(before)
  },
)

test('[IM2] nothing of an earlier build gets into the image', async () => {
  const [worker, outDir] = [await aWorker(), await temporaryFolder()]
  await writeFile(join(outDir, 'older.mjs'), '')
  bundleWorker(outDir, worker)
  expect((await readdir(outDir)).toSorted()).toEqual([
    'Dockerfile',
    'health-check.mjs',
    'health-check.mjs.map',
    'worker.mjs',
    'worker.mjs.map',
  ])
})
