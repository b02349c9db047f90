import com.amazonaws.services.dynamodbv2.local.main.ServerRunner;
import com.amazonaws.services.dynamodbv2.local.server.DynamoDBProxyServer;
import java.lang.reflect.Field;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * DynamoDB Local on loopback, ending with whoever started it.
 *
 * <p>The engine has no setting for its address, so this sets it on the web server within; the system property
 * "addresses" has it, or several with commas between. Standard input is a pipe
 * that the parent holds: it ends when the parent does, however that ends.
 */
public final class LoopbackDynamoDB {
  private LoopbackDynamoDB() {}

  public static void main(String[] arguments) throws Exception {
    DynamoDBProxyServer engine = ServerRunner.createServerFromCommandLineArgs(arguments);
    Field field = DynamoDBProxyServer.class.getDeclaredField("server");
    field.setAccessible(true);
    Server server = (Server) field.get(engine);
    ServerConnector first = (ServerConnector) server.getConnectors()[0];
    for (String address : System.getProperty("addresses", "127.0.0.1").split(",")) {
      if (first.getHost() == null) {
        first.setHost(address);
      } else {
        ServerConnector another = new ServerConnector(server);
        another.setHost(address);
        another.setPort(first.getPort());
        server.addConnector(another);
      }
    }
    Thread parent = new Thread(LoopbackDynamoDB::endWithParent);
    parent.setDaemon(true);
    parent.start();
    engine.start();
    engine.join();
  }

  private static void endWithParent() {
    try {
      while (System.in.read() >= 0) {
        // Nothing is ever sent.
      }
    } catch (java.io.IOException ended) {
      // The same as its end.
    }
    Runtime.getRuntime().halt(0);
  }
}
