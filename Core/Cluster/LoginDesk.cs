using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Metadata;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// Checks passwords (DESIGN section 7). A success is remembered for ten minutes under a keyed hash, so that a
/// reconnecting fleet costs no key stretching; the rest passes a desk of bounded width, and failures of one address
/// wait.
/// </summary>
internal sealed class LoginDesk(Func<DirectorySnapshot> directory, TimeProvider time, ILogger log) : IDisposable
{
    private const int MaxRemembered = 100_000;
    private const string LoopbackUser = "guest";

    private static readonly TimeSpan Remember = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan FailureCost = TimeSpan.FromMilliseconds(500);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, (ScramVerifier Verifier, long Since)> _remembered = new();
    private readonly SemaphoreSlim _width = new(Math.Max(1, Environment.ProcessorCount / 2));
    private readonly ConcurrentDictionary<IPAddress, SemaphoreSlim> _addresses = new();

    public async ValueTask<Identity?> LogInAsync(
        string userName, ReadOnlyMemory<byte> password, IPAddress peer, CancellationToken cancellation)
    {
        UserRecord? user = directory().FindUser(userName);
        bool allowed = password.Length > 0 && (userName != LoopbackUser || IPAddress.IsLoopback(peer));
        if (user is not null && allowed && await VerifyAsync(user, password, cancellation).ConfigureAwait(false))
            return new DirectoryIdentity(userName, directory);
        if (user is null)
            await DecoyAsync(password, cancellation).ConfigureAwait(false);
        GroupTrace.LoginRefused(log, userName, peer.ToString());
        await PayForFailureAsync(peer, cancellation).ConfigureAwait(false);
        return null;
    }

    public void Dispose() => _width.Dispose();

    private async ValueTask<bool> VerifyAsync(
        UserRecord user, ReadOnlyMemory<byte> password, CancellationToken cancellation)
    {
        string hash = Hash(user.Name, password.Span);
        // The verifier is part of what is remembered: a changed password is asked for again.
        if (_remembered.TryGetValue(hash, out (ScramVerifier Verifier, long Since) seen)
            && ReferenceEquals(seen.Verifier, user.Verifier)
            && time.GetElapsedTime(seen.Since) < Remember)
            return true;
        await _width.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (!user.Verifier.Verify(password.Span))
                return false;
        }
        finally
        {
            _width.Release();
        }

        if (_remembered.Count >= MaxRemembered)
            _remembered.Clear();
        _remembered[hash] = (user.Verifier, time.GetTimestamp());
        return true;
    }

    private async ValueTask DecoyAsync(ReadOnlyMemory<byte> password, CancellationToken cancellation)
    {
        await _width.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ScramVerifier.Decoy.Verify(password.Span);
        }
        finally
        {
            _width.Release();
        }
    }

    /// <summary>Failures of one address are served one after the other.</summary>
    private async ValueTask PayForFailureAsync(IPAddress peer, CancellationToken cancellation)
    {
        if (_addresses.Count >= MaxRemembered)
            _addresses.Clear();
        SemaphoreSlim line = _addresses.GetOrAdd(peer, _ => new SemaphoreSlim(1));
        await line.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await Task.Delay(FailureCost, time, cancellation).ConfigureAwait(false);
        }
        finally
        {
            line.Release();
        }
    }

    private string Hash(string userName, ReadOnlySpan<byte> password)
    {
        byte[] name = Encoding.UTF8.GetBytes(userName);
        byte[] input = new byte[name.Length + 1 + password.Length];
        name.CopyTo(input, 0);
        password.CopyTo(input.AsSpan(name.Length + 1));
        return Convert.ToHexString(HMACSHA256.HashData(_key, input));
    }
}
