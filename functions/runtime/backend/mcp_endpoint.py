"""The MCP endpoint: the same tools, over streamable HTTP.

Owns what the Model Context Protocol adds to an execution: the list of tools, the result's form, and progress.
Stateless: every POST is complete in itself, so any process can answer it.
https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
"""

import json
from contextlib import aclosing
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
)
from mcp_types import Tool as ListedTool
from starlette.types import Receive, Scope, Send

from backend.caller import Caller, caller_of
from backend.errors import CallError
from backend.execution import Execution
from backend.input import BODY_BYTES
from backend.leases import Leases
from backend.tools import TOOLS, Output


class McpEndpoint:
    """The ASGI app that answers one POST. Whatever it started has ended when it returns."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        tools = _CallersTools(caller_of(scope), self._leases)
        server: Server[Any] = Server(
            "runtime",
            version="1",
            instructions="Tools that run within the organization of the API key that the call is made with.",
            on_list_tools=tools.list_tools,
            on_call_tool=tools.call_tool,
        )
        # The SDK's check of the Host header protects servers on a person's own machine, which trust everyone
        # who reaches them. Here every call needs a key, which no page of another site can add, and the host
        # name depends on the deployment.
        security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        manager = StreamableHTTPSessionManager(
            server, stateless=True, security_settings=security, max_request_body_size=BODY_BYTES
        )
        async with manager.run():
            await manager.handle_request(scope, receive, send)


class _CallersTools:
    """The tools as one caller sees them."""

    def __init__(self, caller: Caller, leases: Leases) -> None:
        self._caller = caller
        self._leases = leases

    async def list_tools(
        self, _: ServerRequestContext[Any], __: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return ListToolsResult(
            tools=[
                ListedTool(name=tool.name, description=tool.description, input_schema=tool.schema)
                for tool in TOOLS.values()
            ]
        )

    async def call_tool(
        self, context: ServerRequestContext[Any], call: CallToolRequestParams
    ) -> CallToolResult:
        # A wrong name or argument, or one execution too many, is a result and no protocol error, so that a
        # model sees it and does better.
        # https://modelcontextprotocol.io/specification/2025-11-25/server/tools#error-handling
        outputs: list[Output] = []
        try:
            execution = Execution(self._caller, self._leases, call.name, call.arguments or {})
            async with execution.admitted(), aclosing(execution.outputs()) as run:
                async for output in run:
                    outputs.append(output)
                    await context.session.report_progress(
                        len(outputs), execution.arguments.outputs, json.dumps(output)
                    )
        except CallError as error:
            return CallToolResult(content=[TextContent(text=str(error))], is_error=True)
        result = {"outputs": outputs}
        return CallToolResult(content=[TextContent(text=json.dumps(result))], structured_content=result)
