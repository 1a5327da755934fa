using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Cluster.Transport;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Transport;

/// <summary>A peer by hand, to do what a transport would not.</summary>
internal sealed class RawPeer : IDisposable
{
    private readonly List<Stream> _lanes = [];

    public static async Task<RawPeer> ConnectAsync(
        PeerNode to, PeerHello hello, long session = 1, ClusterIdentity? identity = null)
    {
        var peer = new RawPeer();
        for (int lane = 0; lane < 3; lane++)
        {
            Stream stream = await peer.OpenLaneAsync(to, identity);
            await stream.WriteAsync(
                Frame(FrameType.Hello, new LaneHello((PeerLane)lane, session, hello).Encode()));
            (FrameType type, byte[] payload) = await ReadFrameAsync(stream);
            Assert.True(type == FrameType.Hello, System.Text.Encoding.UTF8.GetString(payload));
        }

        for (int lane = 0; lane < 3; lane++)
            await peer.WriteAsync((PeerLane)lane, Frame(FrameType.Confirm, []));
        return peer;
    }

    /// <summary>One lane, its hello answered and not confirmed.</summary>
    public static async Task<RawPeer> ConnectOneLaneAsync(PeerNode to, byte[] hello)
    {
        var peer = new RawPeer();
        Stream stream = await peer.OpenLaneAsync(to, identity: null);
        await stream.WriteAsync(hello);
        Assert.Equal(FrameType.Hello, (await ReadFrameAsync(stream)).Type);
        return peer;
    }

    /// <summary>What one lane's hello is answered with.</summary>
    public static async Task<(FrameType Type, string Text)> AskAsync(
        PeerNode to, byte[] hello, ClusterIdentity? identity = null)
    {
        using var peer = new RawPeer();
        Stream stream = await peer.OpenLaneAsync(to, identity);
        await stream.WriteAsync(hello);
        (FrameType type, byte[] payload) = await ReadFrameAsync(stream);
        return (type, System.Text.Encoding.UTF8.GetString(payload));
    }

    public static byte[] Frame(FrameType type, byte[] payload)
    {
        byte[] frame = new byte[FrameHeader.Bytes + payload.Length];
        FrameHeader.Write(frame, type, 7, new GroupId(1), payload);
        payload.CopyTo(frame, FrameHeader.Bytes);
        return frame;
    }

    public Task WriteAsync(PeerLane lane, byte[] bytes) => _lanes[(int)lane].WriteAsync(bytes).AsTask();

    public Task<(FrameType Type, byte[] Payload)> ReadAsync(PeerLane lane) =>
        ReadFrameAsync(_lanes[(int)lane]);

    public async Task<bool> IsClosedAsync(PeerLane lane)
    {
        try
        {
            return await _lanes[(int)lane].ReadAsync(new byte[1]).AsTask().WaitAsync(PeerNode.Patience) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Dispose() => _lanes.ForEach(lane => lane.Dispose());

    private async Task<Stream> OpenLaneAsync(PeerNode to, ClusterIdentity? identity)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, to.Port);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        if (identity is not null)
        {
            var tls = new SslStream(stream);
            await tls.AuthenticateAsClientAsync(identity.ClientOptions(to.Id));
            stream = tls;
        }

        _lanes.Add(stream);
        return stream;
    }

    private static async Task<(FrameType Type, byte[] Payload)> ReadFrameAsync(Stream stream)
    {
        byte[] header = new byte[FrameHeader.Bytes];
        await stream.ReadExactlyAsync(header).AsTask().WaitAsync(PeerNode.Patience);
        byte[] payload = new byte[BitConverter.ToInt32(header, 0)];
        await stream.ReadExactlyAsync(payload).AsTask().WaitAsync(PeerNode.Patience);
        return ((FrameType)header[4], payload);
    }
}
