using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Cmq.MultiProtocol.Interop.Durability.Clients;

/// <summary>An administrator who changes the cluster through one node.</summary>
internal sealed class ClusterAdmin(BrokerProcess node)
{
    public Task<HttpStatusCode> AddAsync(int added, bool replace = false) =>
        SendAsync(HttpMethod.Post, $"/cluster/nodes/{added}{(replace ? "?replace=true" : "")}");

    public Task<HttpStatusCode> RemoveAsync(int removed) => SendAsync(HttpMethod.Delete, $"/cluster/nodes/{removed}");

    public Task<HttpStatusCode> MoveAsync(int group, int heir) =>
        SendAsync(HttpMethod.Post, $"/cluster/groups/{group}/leader?node={heir}");

    /// <summary>Asks again while the answer is no: leaders may just change, and lives end some seconds after their
    /// process.</summary>
    public Task UntilAcceptedAsync(Func<Task<HttpStatusCode>> ask, string what)
    {
        HttpStatusCode last = default;
        return Patience.UntilAsync(
            async () => (last = await ask()) is HttpStatusCode.OK or HttpStatusCode.Accepted,
            what,
            async () => $"Last answer: {last}. {await node.AskAdminJsonAsync("/cluster")}");
    }

    public Task UntilWaitingAsync(int expected) => Patience.UntilAsync(
        async () => Numbers(await node.AskAdminJsonAsync("/cluster"), "waiting").Contains(expected),
        $"node {expected} waits to be added");

    /// <summary>Until every group, as this node sees it, has just these voters, and nobody who comes or goes.</summary>
    public Task UntilVotersAsync(params int[] voters) => Patience.UntilAsync(
        async () => (await node.AskAdminJsonAsync("/cluster")).GetProperty("groups").EnumerateArray().All(
            group => group.GetProperty("voters").EnumerateArray().Select(one => one.GetInt32()).SequenceEqual(voters)
                && !group.TryGetProperty("outgoing", out _) && !group.TryGetProperty("learners", out _)),
        $"the voters of all groups are {string.Join(", ", voters)}",
        async () => $"{await node.AskAdminJsonAsync("/cluster")}");

    private static IEnumerable<int> Numbers(JsonElement cluster, string list) =>
        cluster.GetProperty(list).EnumerateArray().Select(one => one.GetProperty("node").GetInt32());

    private async Task<HttpStatusCode> SendAsync(HttpMethod method, string path)
    {
        using var client = new HttpClient { Timeout = Patience.Long };
        using var request = new HttpRequestMessage(method, new Uri($"http://127.0.0.1:{node.AdminPort}{path}"));
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes("guest:guest")));
        using HttpResponseMessage response = await client.SendAsync(request);
        return response.StatusCode;
    }
}
