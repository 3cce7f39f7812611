// The dashboard's JSON by Grafana's own transformations and components; the panels around them are not free software.
import { replaceCanvases } from './canvas.js';
import React from 'react';
import { createRoot } from 'react-dom/client';
import { firstValueFrom } from 'rxjs';
import {
  applyFieldOverrides, createTheme, dateTime, FieldType, getFieldDisplayName, identityOverrideProcessor,
  standardFieldConfigEditorRegistry, standardTransformers, standardTransformersRegistry, ThemeContext, toDataFrame,
  transformDataFrame,
} from '@grafana/data';
import { BigValue, PanelChrome, Table, TimeSeries } from '@grafana/ui';
import dashboard from './dashboard.json';
import answers from './answers.json';

const COLUMN = 58, ROW = 38, GAP = 8;
const theme = createTheme({ colors: { mode: 'light' } });
const known = new Map(Object.values(standardTransformers).map((one) => [one.id, one]));
standardTransformersRegistry.setInit(() => [...known.values()].map(
  (one) => ({ id: one.id, name: one.name, transformation: async () => one })));
standardFieldConfigEditorRegistry.setInit(() => ['unit', 'color', 'noValue', 'custom.width', 'custom.lineWidth'].map(
  (id) => ({ id, name: id, path: id.replace('custom.', ''), isCustom: id.startsWith('custom.'),
    process: identityOverrideProcessor, shouldApply: () => true })));

// What Grafana's Prometheus source makes of an answer: one table of labels, or a frame for each series.
function framesOf({ type, targets: [{ expr, legendFormat }] }) {
  const series = answers.series[expr];
  const column = (name, kind, value) => ({ name, type: kind, values: series.map(value) });
  if (type === 'table') {
    const labels = [...new Set(series.flatMap((one) => Object.keys(one.metric)))].sort();
    return [toDataFrame({ refId: 'A', fields: [
      column('Time', FieldType.time, (one) => one.values[0][0] * 1000),
      ...labels.map((label) => column(label, FieldType.string, (one) => one.metric[label] ?? '')),
      column('Value', FieldType.number, (one) => Number(one.values[0][1])),
    ] })];
  }
  return series.map(({ metric, values }) => toDataFrame({ refId: 'A', fields: [
    { name: 'Time', type: FieldType.time, values: values.map(([at]) => at * 1000) },
    { name: 'Value', type: FieldType.number, values: values.map(([, value]) => Number(value)), labels: metric,
      config: { displayNameFromDS: legendFormat.replace(/{{(\w+)}}/g, (_, name) => metric[name]) } },
  ] }));
}

async function dataOf(panel) {
  const changed = transformDataFrame(panel.transformations ?? [], framesOf(panel), { interpolate: (text) => text });
  const { defaults, overrides = [] } = panel.fieldConfig;
  return applyFieldOverrides({
    data: await firstValueFrom(changed), theme, timeZone: 'utc', replaceVariables: (text) => text,
    fieldConfig: { overrides, defaults: { ...defaults, custom: { lineWidth: 1, ...defaults.custom } } },
  });
}

function Content({ panel, data, width, height }) {
  if (!data.length || !data[0].length) return <div style={{ padding: 8 }}>{panel.fieldConfig.defaults.noValue}</div>;
  if (panel.type === 'table') return <Table data={data[0]} width={width} height={height} columnMinWidth={80} />;
  if (panel.type === 'stat') {
    return <div style={{ display: 'flex' }}>{data.map((frame, number) => {
      const value = { ...frame.fields[1].display(frame.fields[1].values[0]), title: getFieldDisplayName(frame.fields[1], frame, data) };
      return <BigValue key={number} theme={theme} width={width / data.length} height={height} value={value}
        textMode="value_and_name" colorMode="value" graphMode="none" />;
    })}</div>;
  }
  const range = { from: dateTime(answers.from * 1000), to: dateTime(answers.to * 1000) };
  return <TimeSeries frames={data} width={width} height={height} timeZone="utc" timeRange={{ ...range, raw: range }} structureRev={1}
    legend={{ showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] }} />;
}

function Page({ panels }) {
  const rows = Math.max(...panels.map(({ panel: { gridPos: { y, h } } }) => y + h));
  return <ThemeContext.Provider value={theme}>
    <div style={{ position: 'relative', width: 24 * COLUMN, height: rows * ROW, background: theme.colors.background.canvas,
      color: theme.colors.text.primary, font: '14px sans-serif' }}>
      {panels.map(({ panel, data }) => {
        const { x, y, w, h } = panel.gridPos;
        const size = { width: w * COLUMN - GAP, height: h * ROW - GAP };
        return <div key={panel.id} style={{ position: 'absolute', left: x * COLUMN + GAP / 2, top: y * ROW + GAP / 2, ...size }}>
          <PanelChrome title={panel.title} {...size}>
            {(width, height) => <Content panel={panel} data={data} width={width} height={height} />}
          </PanelChrome>
        </div>;
      })}
    </div>
  </ThemeContext.Provider>;
}

// The page as it is now, with those rules alone that it needs.
function picture(root) {
  const copy = root.firstElementChild.cloneNode(true);
  replaceCanvases(copy, root);
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  const used = rules.filter(({ selectorText }) => selectorText && !selectorText.includes(':') && root.querySelector(selectorText));
  const style = document.createElement('style');
  style.textContent = '*{box-sizing:border-box}h2{margin:0;font-size:14px;font-weight:500}button{color:inherit}'
    + used.map((rule) => rule.cssText).join('');
  copy.prepend(style);
  return new XMLSerializer().serializeToString(copy);
}

const root = document.getElementById('root');
const panels = await Promise.all(dashboard.panels.map(async (panel) => ({ panel, data: await dataOf(panel) })));
createRoot(root).render(<Page panels={panels} />);
setTimeout(() => { document.body.textContent = picture(root); }, 4000);
