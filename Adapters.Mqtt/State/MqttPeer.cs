using System.Net;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>Who is at the other end.</summary>
/// <param name="Address">For login limits and the loopback rule.</param>
/// <param name="Port">Remote port, for presence.</param>
/// <param name="Name"><c>ip:port -&gt; ip:port</c>, as listings show a connection.</param>
/// <param name="IsForeignPage">A web page that is not known to be ours: the browser lets any page connect, so that it
/// is from this machine says nothing.</param>
public sealed record MqttPeer(IPAddress Address, int Port, string Name, bool IsForeignPage = false);
