/** What the server puts before the scripts, and what the scripts leave on the page; style sheets are joined by viz/pages/modules.py. */
declare module "*.css";

interface Window {
  TsuzukiSetup: any;
  TsuzukiNotebook: any;
  TsuzukiNoOrigin: Record<string, string>;
  TsuzukiPage: any;
  Plotly: any;
}
