"""A question → an answer whose every citation was checked.

[ (1) view ] -> (2) tools -> (3) speaker -> (4) loop -> (5) citations

1. What one reader may see of a workspace (`view`): tools are given nothing else.
2. Tools, each with one class of arguments for prompt, validation and constrained decoding (`tool`, `tools`,
   `call_schema`, `system_prompt`), and those of local MCP servers that settings name (`mcp_client`).
3. Whoever writes the model's turns: an engine of ours, a server on this machine, or a script (`speaker`).
4. A bounded loop that streams each step and ends honestly (`agent`, `steps`, `answer`).
5. Each sentence scored against the passages that it cites (`citations`, `support`).

What documents and tools say is data: it never becomes a control tag, a call or system text. Knows no
browser and no training, and no document that its reader may not read.
"""
