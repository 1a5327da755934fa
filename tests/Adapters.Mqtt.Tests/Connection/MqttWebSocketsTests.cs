using Cmq.MultiProtocol.Adapters.Mqtt.Connection;
using Microsoft.AspNetCore.Http;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.Connection;

/// <summary>Who comes by WebSocket.</summary>
public sealed class MqttWebSocketsTests
{
    [Theory]
    [InlineData(null, false)]
    [InlineData("https://panel.example:8443", false)]
    [InlineData("HTTPS://Panel.Example:8443", false)]
    [InlineData("https://panel.example", true)]
    [InlineData("http://localhost:8083", false)]
    [InlineData("https://127.0.0.1:8083", false)]
    [InlineData("http://localhost.example:8083", true)]
    [InlineData("file:///home/somebody/page.html", true)]
    [InlineData("null", true)]
    [InlineData("", true)]
    public void A_web_page_is_foreign_unless_its_origin_is_listed(string? origin, bool isForeign)
    {
        var context = new DefaultHttpContext();
        context.Request.Host = new HostString("localhost:8083");
        if (origin is not null)
            context.Request.Headers.Origin = origin;
        var options = new MqttOptions { WebSocketOrigins = ["https://panel.example:8443"] };
        Assert.Equal(isForeign, MqttWebSockets.IsForeignPage(context.Request, options));
    }
}
